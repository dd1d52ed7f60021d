# Install rules: headers, libraries, program, CMake config, pkg-config file.
