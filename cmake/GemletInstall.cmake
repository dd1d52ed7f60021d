# Install rules: headers, libraries, program, manual pages, completion, CMake config, pkg-config file.
#
# The shared library needs nothing of its users but itself. The static one needs every library
# gemlet stands on, so it has an export set of its own, which gemletConfig.cmake only opens when
# asked: find_package(gemlet COMPONENTS static).
#
# The components are those of the packages (GemletPackages.cmake).

include(CMakePackageConfigHelpers)

set(GEMLET_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/gemlet)

set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME program)
install(TARGETS gemlet_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY ${GEMLET_PAGES_DIR}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR})
install(FILES ${GEMLET_PAGES_DIR}/bash/gemlet DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
set(GEMLET_ZSH_DIR ${CMAKE_INSTALL_DATADIR}/zsh/site-functions CACHE STRING "Where zsh looks for completion")
install(FILES ${GEMLET_PAGES_DIR}/zsh/_gemlet DESTINATION ${GEMLET_ZSH_DIR})
install(FILES ${GEMLET_PAGES_DIR}/fish/gemlet.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES datasets/penguins.csv DESTINATION ${CMAKE_INSTALL_DATADIR}/gemlet)
install(FILES README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR})
# Packages have these under other names.
install(FILES LICENSE CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT texts)

install(TARGETS gemlet_shared EXPORT gemletTargets
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library NAMELINK_COMPONENT development)

set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME development)
install(TARGETS gemlet_static EXPORT gemletStaticTargets
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES
    host/include/gemlet/dataset.h host/include/gemlet/device.h
    host/include/gemlet/export.h
    host/include/gemlet/fit.h host/include/gemlet/gemlet.h
    host/include/gemlet/model.h host/include/gemlet/status.h
    host/include/gemlet/table.h host/include/gemlet/train.h
    ${PROJECT_BINARY_DIR}/host/include/gemlet/version.h
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/gemlet)
install(EXPORT gemletTargets NAMESPACE gemlet:: DESTINATION ${GEMLET_CMAKE_DIR})
install(EXPORT gemletStaticTargets NAMESPACE gemlet:: DESTINATION ${GEMLET_CMAKE_DIR})
configure_package_config_file(cmake/gemletConfig.cmake.in ${PROJECT_BINARY_DIR}/gemletConfig.cmake
    INSTALL_DESTINATION ${GEMLET_CMAKE_DIR} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/gemletConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
install(FILES
    ${PROJECT_BINARY_DIR}/gemletConfig.cmake ${PROJECT_BINARY_DIR}/gemletConfigVersion.cmake
    DESTINATION ${GEMLET_CMAKE_DIR})

# The prefix is found from the place of the .pc file, so that an installed tree can be moved or be
# installed with another --prefix. Absolute directories stay as they are.
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
    set(GEMLET_PC_PREFIX "${CMAKE_INSTALL_PREFIX}")
else()
    file(RELATIVE_PATH up "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
    string(REGEX REPLACE "/$" "" up "${up}")
    set(GEMLET_PC_PREFIX "\${pcfiledir}/${up}")
endif()
foreach(dir IN ITEMS LIBDIR INCLUDEDIR)
    if(IS_ABSOLUTE "${CMAKE_INSTALL_${dir}}")
        set(GEMLET_PC_${dir} "${CMAKE_INSTALL_${dir}}")
    else()
        set(GEMLET_PC_${dir} "\${prefix}/${CMAKE_INSTALL_${dir}}")
    endif()
endforeach()
configure_file(cmake/gemlet.pc.in ${PROJECT_BINARY_DIR}/gemlet.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/gemlet.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
unset(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME)
