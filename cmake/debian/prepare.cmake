# Run by cpack before it makes the packages, for what Debian wants besides: manual pages and changelogs
# compressed, no debug sections in the static library.
file(GLOB_RECURSE files ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/*)
set(texts ${files})
list(FILTER texts INCLUDE REGEX "/(man1/[^/]*\\.1|doc/[^/]*/changelog(\\.Debian)?)$")
list(FILTER files INCLUDE REGEX "\\.a$")
if(NOT texts OR NOT files)
    message(FATAL_ERROR "found no texts or no static library in ${CPACK_TEMPORARY_INSTALL_DIRECTORY}")
endif()
execute_process(COMMAND gzip -9n ${texts} COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND strip --strip-debug --enable-deterministic-archives ${files} COMMAND_ERROR_IS_FATAL ANY)
