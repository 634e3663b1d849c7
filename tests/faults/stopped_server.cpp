// SPDX-License-Identifier: MIT
// The server is stopped and started again under the pool.
#include "server.hpp"

#include <fcntl.h>

using namespace roam::test;

namespace {

/// The fixture's server: can be stopped, and started with the words and the user it ran with.
class server {
public:
    server() : process_(std::atoi(std::getenv("ROAM_TEST_POSTGRESQL_PID"))) {
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
    server(server const&) = delete;
    server& operator=(server const&) = delete;
    ~server() {
        if (ours_) {
            stop();
        }
    }

    /// Ends its sessions at once, as an administrator's fast shutdown does.
    void stop() {
        ::kill(process_, SIGINT);
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

bool answers(roam::database const& db) {
    try {
        return roam::raw<int>("SELECT 1").reads_only().one(db) == 1;
    } catch (roam::error const&) {
        return false;
    }
}

}  // namespace

TEST_CASE("a pool outlives its server: errors while it is down, and work when it is back") {
    auto options = faulty::options_of(3);
    options.acquire_timeout = std::chrono::seconds{3};
    faulty f{options};
    f.fill(3);
    auto held = f.db.lease();
    roam::insert(entry{.text = "before"}, held);
    server postgresql;
    postgresql.stop();

    CHECK_THROWS_AS(roam::insert(entry{.text = "a"}, held), roam::connection_lost_error);
    for (int i = 0; i < 5; ++i) {
        auto const e =
            caught<roam::connection_error>([&] { roam::insert(entry{.text = "b"}, f.db); });
        REQUIRE(e);
        CHECK(e->code() == "connection");
        auto const counts = f.db.counts();
        CHECK(counts.size == 1);  // the one that is held; a failed attempt leaks no place
        CHECK(counts.idle + counts.in_use + counts.opening == counts.size);
    }

    postgresql.start();
    REQUIRE(soon_true([&] { return answers(f.db); }));
    {
        auto const gone = std::move(held);
    }
    std::vector<roam::session> all;
    for (int i = 0; i < 3; ++i) {
        all.push_back(f.db.lease());
        roam::insert(entry{.text = "after"}, all.back());
    }
    all.clear();
    CHECK(roam::select<entry>().count(f.db) == 4);
    CHECK(f.db.counts().size == 3);
}
