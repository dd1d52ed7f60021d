# Debian packages by cpack: program, library, what programs are built with, Python. They follow
# Debian's rules where the tree was configured with the prefix /usr, as scripts/make-packages.sh does.
#
# What only a package has (its copyright and changelog, Python's package beside the system's library)
# is installed from components that `cmake --install` leaves out.

set(GEMLET_MAINTAINER "gemlet maintainers <maintainers@gemlet.invalid>" CACHE STRING
    "Who made the packages: Name <address>")

# Component and name of its package.
set(package_program gemlet)
set(package_library libgemlet${GEMLET_SOVERSION})
set(package_development libgemlet-dev)
set(package_python3 python3-gemlet)
set(CPACK_COMPONENTS_ALL program library development python3)

# The version is said by project(), the date and what is new by CHANGELOG.md.
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
file(STRINGS CHANGELOG.md heading REGEX "^## ${PROJECT_VERSION} " LIMIT_COUNT 1)
if(NOT heading MATCHES "^## [0-9.]+ \\(([0-9]+-[0-9]+-[0-9]+)\\)$")
    message(FATAL_ERROR "CHANGELOG.md: found no line '## ${PROJECT_VERSION} (YYYY-MM-DD)'")
endif()
set(GEMLET_DATE ${CMAKE_MATCH_1})
execute_process(COMMAND date -u -R -d ${GEMLET_DATE} OUTPUT_VARIABLE GEMLET_DEBIAN_DATE
    OUTPUT_STRIP_TRAILING_WHITESPACE)
configure_file(cmake/debian/changelog.in ${PROJECT_BINARY_DIR}/debian/changelog.Debian @ONLY)
foreach(component IN LISTS CPACK_COMPONENTS_ALL)
    set(directory ${CMAKE_INSTALL_DATADIR}/doc/${package_${component}})
    install(FILES LICENSE DESTINATION ${directory} RENAME copyright COMPONENT ${component}
        EXCLUDE_FROM_ALL)
    install(FILES CHANGELOG.md DESTINATION ${directory} RENAME changelog COMPONENT ${component}
        EXCLUDE_FROM_ALL)
    install(FILES ${PROJECT_BINARY_DIR}/debian/changelog.Debian DESTINATION ${directory}
        COMPONENT ${component} EXCLUDE_FROM_ALL)
endforeach()
install(FILES examples/train_and_predict.c examples/fit_table.c
    DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/libgemlet-dev/examples COMPONENT development EXCLUDE_FROM_ALL)

# Python's package finds the library beside itself: here a link to that of the system.
set(python_directory lib/python3/dist-packages)
install(DIRECTORY python/gemlet DESTINATION ${python_directory} COMPONENT python3 EXCLUDE_FROM_ALL
    FILES_MATCHING PATTERN "*.py" PATTERN __pycache__ EXCLUDE)
file(RELATIVE_PATH library "/${python_directory}/gemlet"
    "/${CMAKE_INSTALL_LIBDIR}/libgemlet.so.${GEMLET_SOVERSION}")
file(CREATE_LINK ${library} ${PROJECT_BINARY_DIR}/debian/libgemlet.so SYMBOLIC)
install(FILES ${PROJECT_BINARY_DIR}/debian/libgemlet.so DESTINATION ${python_directory}/gemlet
    COMPONENT python3 EXCLUDE_FROM_ALL)
configure_file(cmake/debian/METADATA.in ${PROJECT_BINARY_DIR}/debian/METADATA @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/debian/METADATA COMPONENT python3 EXCLUDE_FROM_ALL
    DESTINATION ${python_directory}/gemlet-${PROJECT_VERSION}.dist-info)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME gemlet)
set(CPACK_PACKAGE_CONTACT ${GEMLET_MAINTAINER})
set(CPACK_PACKAGING_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
set(CPACK_OUTPUT_FILE_PREFIX ${PROJECT_BINARY_DIR}/packages)
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/debian/prepare.cmake)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "") # each package has a description of its own
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
foreach(component IN LISTS CPACK_COMPONENTS_ALL)
    string(TOUPPER ${component} name)
    set(CPACK_DEBIAN_${name}_PACKAGE_NAME ${package_${component}})
endforeach()
set(same_version "(= ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})")

set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_RECOMMENDS "pocl-opencl-icd | opencl-icd, gnuplot-nox")
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SUGGESTS "python3-gemlet, libgemlet-dev")
set(CPACK_DEBIAN_PROGRAM_DESCRIPTION
"train multi-layer perceptrons on any OpenCL device
The program gemlet trains multi-layer perceptrons on tables and images, on
GPUs and CPUs by OpenCL or on the CPU without it, and checks what a device
calculates against a reference with error bounds.
.
It predicts, compares runs, writes reports and exports models to ONNX,
safetensors, NumPy and C.")

set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SHLIBDEPS ON)
# cpack itself calls ldconfig in a postinst; Debian wants the trigger.
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA ${PROJECT_SOURCE_DIR}/cmake/debian/triggers)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_RECOMMENDS "pocl-opencl-icd | opencl-icd")
set(CPACK_DEBIAN_LIBRARY_DESCRIPTION
"multi-layer perceptrons on any OpenCL device, shared library
The library behind the program gemlet: it trains multi-layer perceptrons on
tables and images in memory or in files, and predicts with them.")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
# The static library, and pkg-config for it, need what it was built with.
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
    "${package_library} ${same_version}, ocl-icd-opencl-dev, libclblast-dev, libopenblas-dev, zlib1g-dev, libzip-dev, libcjson-dev, libcsv-dev")
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION
"multi-layer perceptrons on any OpenCL device, development files
Headers, which are the manual of the library, the static library, and what
CMake and pkg-config need to find it.")

set(CPACK_DEBIAN_PYTHON3_PACKAGE_SECTION python)
set(CPACK_DEBIAN_PYTHON3_PACKAGE_DEPENDS
    "${package_library} ${same_version}, python3 (>= 3.9), python3-numpy, python3-sklearn (>= 1.2)")
set(CPACK_DEBIAN_PYTHON3_PACKAGE_SUGGESTS python3-pandas)
set(CPACK_DEBIAN_PYTHON3_DESCRIPTION
"multi-layer perceptrons on any OpenCL device, for scikit-learn
Estimators with the interface of scikit-learn, for NumPy arrays and pandas
frames with categories, gaps and dates as they are, trained by the library
of gemlet.")
set(CPACK_DEBIAN_PYTHON3_PACKAGE_CONTROL_EXTRA
    "${PROJECT_SOURCE_DIR}/cmake/debian/postinst;${PROJECT_SOURCE_DIR}/cmake/debian/prerm")

include(CPack)
