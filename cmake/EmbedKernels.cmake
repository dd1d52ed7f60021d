# Turns the OpenCL sources into C: byte arrays with a table of files, and the list of all kernels.
#
# Included, it offers
#   gemlet_embed_kernels(SOURCES_VARIABLE DIRECTORY file.cl...)
# which puts the generated kernel_sources.c and kernel_names.h into the variable; they are made at
# build time, again whenever a .cl file changes. Run as a script (cmake -P) it does the work. It
# fails if the name of a kernel does not begin with the name of its file.
#
# Bytes instead of string literals: C11 promises literals of 4095 characters only.

if(NOT CMAKE_SCRIPT_MODE_FILE)
    set(GEMLET_EMBED_KERNELS_SCRIPT ${CMAKE_CURRENT_LIST_FILE})

    function(gemlet_embed_kernels sources_variable directory)
        list(TRANSFORM ARGN PREPEND ${directory}/ OUTPUT_VARIABLE paths)
        set(outputs ${CMAKE_CURRENT_BINARY_DIR}/kernel_sources.c ${CMAKE_CURRENT_BINARY_DIR}/kernel_names.h)
        string(REPLACE ";" "," joined_names "${ARGN}")
        add_custom_command(
            OUTPUT ${outputs}
            COMMAND ${CMAKE_COMMAND} -D DIRECTORY=${directory} -D NAMES=${joined_names}
                -D OUTPUT_DIRECTORY=${CMAKE_CURRENT_BINARY_DIR} -P ${GEMLET_EMBED_KERNELS_SCRIPT}
            DEPENDS ${paths} ${GEMLET_EMBED_KERNELS_SCRIPT}
            COMMENT "Embedding OpenCL kernels"
            VERBATIM)
        set(${sources_variable} ${outputs} PARENT_SCOPE)
    endfunction()
    return()
endif()

string(REPLACE "," ";" names "${NAMES}")
set(header "/* Generated from the OpenCL sources. */\n")
set(arrays "")
set(table "")
set(fused_table "") # of the files that are compiled for a fused training step only
set(limits_table "") # of the one that only measures the device
set(kernels "")

foreach(name IN LISTS names)
    string(REGEX REPLACE "\\.cl$" "" stem ${name})

    file(READ ${DIRECTORY}/${name} text)
    # A semicolon would split the matches below as a list; kernel names hold none.
    string(REPLACE ";" "," text "${text}")
    string(REGEX MATCHALL "\n__kernel[^{]*\\(" heads "${text}")
    foreach(head IN LISTS heads)
        string(REGEX MATCH "void[ \n]+([A-Za-z0-9_]+)" match "${head}")
        set(kernel ${CMAKE_MATCH_1})
        if(NOT kernel MATCHES "^${stem}(_|$)")
            message(FATAL_ERROR "${DIRECTORY}/${name}: kernel '${kernel}' must begin with '${stem}'")
        endif()
        if(NOT stem STREQUAL "limits")
            string(APPEND kernels " \\\n    X(${kernel})")
        endif()
    endforeach()

    file(READ ${DIRECTORY}/${name} bytes HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
    string(REGEX REPLACE "(................................................................................)" "\\1\n    " bytes "${bytes}")
    string(APPEND arrays "static const char source_${stem}[] = {\n    ${bytes}0};\n\n")
    set(row "    {\"${name}\", source_${stem}, sizeof source_${stem} - 1},\n")
    if(stem MATCHES "^fused_")
        string(APPEND fused_table "${row}")
    elseif(stem STREQUAL "limits")
        string(APPEND limits_table "${row}")
    else()
        string(APPEND table "${row}")
    endif()
endforeach()

file(WRITE ${OUTPUT_DIRECTORY}/kernel_sources.c
    "${header}#include \"backend/opencl/kernel_sources.h\"\n\n${arrays}"
    "const gm_kernel_source gm_kernel_sources[] = {\n${table}};\n\n"
    "const size_t gm_n_kernel_sources = sizeof gm_kernel_sources / sizeof gm_kernel_sources[0];\n\n"
    "const gm_kernel_source gm_fused_sources[] = {\n${fused_table}};\n\n"
    "const size_t gm_n_fused_sources = sizeof gm_fused_sources / sizeof gm_fused_sources[0];\n\n"
    "const gm_kernel_source gm_limits_sources[] = {\n${limits_table}};\n\n"
    "const size_t gm_n_limits_sources = sizeof gm_limits_sources / sizeof gm_limits_sources[0];\n")
file(WRITE ${OUTPUT_DIRECTORY}/kernel_names.h
    "${header}#ifndef GM_KERNEL_NAMES_H\n#define GM_KERNEL_NAMES_H\n\n"
    "#define GM_KERNEL_MAP(X)${kernels}\n\n#endif\n")
