# Every library gemlet stands on, found once, each behind one imported target.

find_package(OpenCL REQUIRED)    # OpenCL::OpenCL
find_package(CLBlast REQUIRED)   # clblast; Debian 12 exports the bare name
find_package(ZLIB REQUIRED)      # ZLIB::ZLIB
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)   # Threads::Threads
find_package(PkgConfig REQUIRED)
pkg_check_modules(LIBZIP REQUIRED IMPORTED_TARGET libzip)
pkg_check_modules(CJSON REQUIRED IMPORTED_TARGET libcjson)
pkg_check_modules(OPENBLAS REQUIRED IMPORTED_TARGET openblas)

# libcsv ships neither a pkg-config file nor a CMake config.
find_path(LIBCSV_INCLUDE_DIR csv.h REQUIRED)
find_library(LIBCSV_LIBRARY csv REQUIRED)
add_library(gemlet_libcsv INTERFACE)
target_include_directories(gemlet_libcsv SYSTEM INTERFACE ${LIBCSV_INCLUDE_DIR})
target_link_libraries(gemlet_libcsv INTERFACE ${LIBCSV_LIBRARY})

if(GEMLET_BUILD_TESTS)
    pkg_check_modules(CHECK REQUIRED IMPORTED_TARGET check) # Debian's check has no CMake config
endif()
