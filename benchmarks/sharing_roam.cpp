// SPDX-License-Identifier: MIT
#include "sharing.hpp"
#include <roam/threads.hpp>

#include <memory>
#include <optional>

namespace {

struct reading {
    std::int64_t id = 0;
    std::int64_t value = 0;
};

struct program {
    std::optional<roam::database> db;
    std::optional<roam::session_server> server;
};

}  // namespace

bench::sharing_subject bench::make_sharing_subject() {
    auto p = std::make_shared<program>();
    sharing_subject subject;
    subject.name = "roam";
    subject.open = [p](std::size_t sessions) {
        p->db.emplace("sqlite::memory:", roam::database_options{.max_sessions = sessions});
        p->db->lease();
    };
    subject.cycle = [p] { auto const s = p->db->lease(); };
    subject.cycle_touched = [p] { p->db->lease().native_handle(); };
    subject.checked = [p](std::int64_t calls) {
        auto const s = p->db->lease();
        std::uint64_t sum = 0;
        for (std::int64_t i = 0; i < calls; ++i)
            sum += s.id();
        return sum;
    };
    subject.unchecked = [p](std::int64_t calls) {
        auto const s = p->db->lease();
        std::uint64_t sum = 0;
        for (std::int64_t i = 0; i < calls; ++i)
            sum += static_cast<bool>(s);
        return sum;
    };
    subject.open_file = [p](std::string const& file, std::size_t clients) {
        p->db.emplace("sqlite:" + file + "?busy_timeout=60000",
                      roam::database_options{.max_sessions = clients + 1,
                                             .acquire_timeout = std::chrono::minutes{1}});
        roam::create_tables<reading>(*p->db);
        p->server.emplace(*p->db);
    };
    subject.write_alone = [p](std::int64_t value) {
        roam::insert(reading{.value = value}, *p->db);
    };
    subject.write_grouped = [p](std::int64_t value) {
        p->server->submit([value] { roam::insert(reading{.value = value}); }).get();
    };
    subject.count = [p] { return roam::select<reading>().count(*p->db); };
    subject.close = [p] {
        p->server.reset();
        p->db.reset();
    };
    return subject;
}
