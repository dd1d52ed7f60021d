# How every target of this project is compiled: language level, warnings, sanitizers, visibility.

add_library(gemlet_compile INTERFACE)
target_compile_features(gemlet_compile INTERFACE c_std_11)
target_compile_definitions(gemlet_compile INTERFACE
    _POSIX_C_SOURCE=200809L      # fsync, isatty, clock_gettime under -std=c11
    CL_TARGET_OPENCL_VERSION=120)
target_compile_options(gemlet_compile INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
    -Wcast-qual -Wdouble-promotion -Wundef -Wvla
    $<$<BOOL:${GEMLET_WERROR}>:-Werror>)
if(GEMLET_SANITIZE)
    target_compile_options(gemlet_compile INTERFACE
        -fsanitize=${GEMLET_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(gemlet_compile INTERFACE -fsanitize=${GEMLET_SANITIZE})
endif()
if(GEMLET_FUZZ)
    # The address sanitizer's runtime also answers the calls of the fuzzer's instrumentation in
    # programs that are not fuzz targets.
    if(NOT CMAKE_C_COMPILER_ID MATCHES "Clang" OR NOT GEMLET_SANITIZE MATCHES "address")
        message(FATAL_ERROR "GEMLET_FUZZ: found compiler ${CMAKE_C_COMPILER_ID} and "
            "GEMLET_SANITIZE='${GEMLET_SANITIZE}', expected clang and address")
    endif()
    target_compile_options(gemlet_compile INTERFACE -fsanitize=fuzzer-no-link)
endif()

# Not left to the compile feature alone: where the compiler's default is newer, CMake then adds no
# -std flag and extensions stay on.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# gemlet_module(NAME SOURCES file... [DEPENDS target...])
# One object library per directory of host/. Objects let the tests link internals that the
# shared library does not export.
function(gemlet_module name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPENDS")
    add_library(${name} OBJECT ${arg_SOURCES})
    target_include_directories(${name} PUBLIC
        ${PROJECT_SOURCE_DIR}/host ${PROJECT_SOURCE_DIR}/host/include ${PROJECT_BINARY_DIR}/host/include)
    target_link_libraries(${name} PUBLIC gemlet_compile ${arg_DEPENDS})
endfunction()
