// SPDX-License-Identifier: MIT
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <string>

namespace roam::test {

/// The exit status of a forked child, or -1 when it did not exit by itself.
inline int status_of(pid_t child) {
    int status = 0;
    if (child < 0 || ::waitpid(child, &status, 0) != child)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// The exit status of a forked child that does `work`; 99 when it throws. It runs no destructor of
/// what it has inherited.
inline int in_a_child(std::function<int()> const& work) {
    pid_t const child = ::fork();
    if (child == 0) {
        int status = 99;
        try {
            status = work();
        } catch (...) {
        }
        ::_exit(status);
    }
    return status_of(child);
}

/// The exit status of this program run anew with one hidden test case, in a fresh process.
inline int run_alone(std::string const& name) {
    auto const program = std::filesystem::read_symlink("/proc/self/exe");  // not valgrind itself
    pid_t const child = ::fork();
    if (child == 0) {
        ::execl(program.c_str(), "test", name.c_str(), static_cast<char*>(nullptr));
        ::_exit(98);
    }
    return status_of(child);
}

}  // namespace roam::test
