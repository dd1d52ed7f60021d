# Enforces which directory of host/ may include which: dependencies point one way. Run as
#   cmake -DSOURCE=<repository> -P check_includes.cmake
# A quoted include is "<directory>/<file>"; what a directory may use is listed here with everything
# below it. gemlet/ are the public headers, which only use each other.

cmake_minimum_required(VERSION 3.21)

set(allowed_gemlet gemlet)
set(allowed_core core gemlet)
set(allowed_data data core gemlet)
set(allowed_backend backend core gemlet)
set(allowed_model model backend core gemlet)
set(allowed_train train model backend data core gemlet)
set(allowed_report report core gemlet)
set(allowed_compare compare report data core gemlet)
set(allowed_study study report train model backend data core gemlet)
set(allowed_verify verify train model backend data core gemlet)
set(allowed_bench bench verify train model backend data core gemlet)
set(allowed_cli cli compare study report bench verify train model data core gemlet)

set(n_files 0)
set(n_violations 0)
file(GLOB_RECURSE sources RELATIVE ${SOURCE}/host
    ${SOURCE}/host/*.c ${SOURCE}/host/*.h ${SOURCE}/host/*.h.in)
foreach(source IN LISTS sources)
    if(source MATCHES "^include/gemlet/")
        set(directory gemlet)
    else()
        string(REGEX MATCH "^[^/]+" directory ${source})
    endif()
    if(NOT DEFINED allowed_${directory})
        message(SEND_ERROR "host/${source}: directory '${directory}' has no rule")
        continue()
    endif()
    math(EXPR n_files "${n_files} + 1")
    file(STRINGS ${SOURCE}/host/${source} includes REGEX "^[ \t]*#[ \t]*include[ \t]*\"")
    foreach(include IN LISTS includes)
        string(REGEX REPLACE ".*\"([^\"]*)\".*" "\\1" path "${include}")
        string(REGEX MATCH "^[^/]+" target ${path})
        # Made by the build from cl_kernels/.
        if(directory STREQUAL backend AND NOT path MATCHES "/")
            continue()
        endif()
        if(NOT target IN_LIST allowed_${directory})
            message(SEND_ERROR "host/${source}: includes \"${path}\", but ${directory}/ may only "
                "use: ${allowed_${directory}}")
            math(EXPR n_violations "${n_violations} + 1")
        endif()
    endforeach()
endforeach()
if(n_files LESS 20)
    message(SEND_ERROR "found ${n_files} files under ${SOURCE}/host, expected all of them")
endif()
message(STATUS "${n_files} files, ${n_violations} violations")
