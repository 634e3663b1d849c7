// SPDX-License-Identifier: MIT
#pragma once

#include <support/waiting.hpp>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

namespace roam::test {

/// A server of the fixture's: can be stopped, and started with the words and the user it ran with.
class running_server {
public:
    /// By the variable that holds the number of its process.
    explicit running_server(char const* variable) : process_(std::atoi(std::getenv(variable))) {
        std::string const folder = "/proc/" + std::to_string(process_);
        std::ifstream words{folder + "/cmdline"};
        for (std::string word; std::getline(words, word, '\0');) {
            words_.push_back(word);
        }
        program_.resize(4'096);
        auto const size = ::readlink((folder + "/exe").c_str(), program_.data(), program_.size());
        program_.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
        struct stat owner{};
        ::stat(folder.c_str(), &owner);
        user_ = owner.st_uid;
        group_ = owner.st_gid;
    }
    running_server(running_server const&) = delete;
    running_server& operator=(running_server const&) = delete;
    ~running_server() {
        if (ours_) {
            stop();
        }
    }

    /// SIGINT ends PostgreSQL's sessions at once, as an administrator's fast shutdown does.
    void stop(int signal = SIGINT) {
        ::kill(process_, signal);
        if (ours_) {
            ::waitpid(process_, nullptr, 0);
        }
        soon_true([&] { return ::kill(process_, 0) != 0; });
    }
    void start() {
        pid_t const parent = ::getpid();
        process_ = ::fork();
        if (process_ == 0) {
            run(parent);
        }
        ours_ = true;
    }

private:
    [[noreturn]] void run(pid_t parent) {
        int const nothing = ::open("/dev/null", O_RDWR);
        for (int i = 0; i < 3; ++i) {
            ::dup2(nothing, i);
        }
        if (::getuid() == 0 && (::setgid(group_) != 0 || ::setuid(user_) != 0)) {
            ::_exit(1);
        }
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent) {
            ::_exit(1);
        }
        std::vector<char*> words;
        for (auto& word : words_) {
            words.push_back(word.data());
        }
        words.push_back(nullptr);
        ::execv(program_.c_str(), words.data());
        ::_exit(1);
    }

    pid_t process_;
    bool ours_ = false;
    std::vector<std::string> words_;
    std::string program_;
    uid_t user_ = 0;
    gid_t group_ = 0;
};

}  // namespace roam::test
