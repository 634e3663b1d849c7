// SPDX-License-Identifier: MIT
#include "measure.hpp"
#include "workloads.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <thread>

using namespace bench;

namespace {

constexpr int skipped = 77;  // what Meson takes for "not run"
constexpr std::int64_t warm_up_rows = 10;
constexpr std::int64_t warm_up_range = 1000;  // a full chunk of any subject
constexpr std::int64_t range_rows = 1000;     // rows of one select of W5

struct options {
    std::string workload;
    backend where = backend::memory;
    std::int64_t n = 100'000;
    std::int64_t repeats = 200;  // selects of W5
    std::string place;
    bool list = false;
};

/// What a workload did: its cost, the operations that the cost is divided by, and its checksum.
struct outcome {
    cost spent;
    std::int64_t operations = 0;
    std::uint64_t checksum = 0;
};

[[noreturn]] void fail(std::string const& message) { throw std::runtime_error{message}; }

void expect_equal(std::uint64_t found, std::uint64_t expected, char const* what) {
    if (found != expected)
        fail(std::string{"wrong checksum: "} + what);
}

void drop_keys(std::span<bench_row> rows) {
    for (auto& row : rows)
        row.id = 0;
}

outcome run_insert(subject const& peer, std::int64_t n, std::int64_t warm_up,
                   std::function<void(std::span<bench_row>)> const& insert, bool keys_come_back) {
    auto warm = make_rows(1, warm_up);
    auto rows = make_rows(warm_up + 1, n);
    drop_keys(warm);
    drop_keys(rows);
    insert(warm);
    auto const spent = measure([&] { insert(rows); });
    auto stored = peer.select_all();
    if (!keys_come_back) {
        for (auto* each : {&stored, &warm, &rows})
            drop_keys(*each);
    }
    expect_equal(digest(stored), digest(warm) + digest(rows), "stored rows and returned keys");
    // Which keys the database draws is its own affair: they stay out of the reported sum.
    drop_keys(stored);
    return {spent, n, digest(stored)};
}

outcome run_select(subject const& peer, std::int64_t n) {
    peer.select_all();
    std::vector<bench_row> rows;
    auto const spent = measure([&] { rows = peer.select_all(); });
    expect_equal(digest(rows), digest(make_rows(1, n)), "selected rows");
    return {spent, n, digest(rows)};
}

using find_function = std::function<void(std::span<std::int64_t const>, checksum&)>;

outcome run_find(std::int64_t n, find_function const& find) {
    auto const keys = make_keys(n);
    checksum ignored;
    checksum found;
    find(std::span{keys}.first(static_cast<std::size_t>(std::min(warm_up_rows, n))), ignored);
    auto const spent = measure([&] { find(keys, found); });
    expect_equal(found.value(), digest(make_rows(1, n)), "found rows");
    return {spent, n, found.value()};
}

/// The same work, a thousand at a time.
template <class Element, class... More>
auto in_calls_of_a_thousand(std::function<void(std::span<Element>, More...)> const& work) {
    return [&work](std::span<Element> all, More... more) {
        for (std::size_t at = 0; at < all.size(); at += range_rows)
            work(all.subspan(at, std::min<std::size_t>(range_rows, all.size() - at)), more...);
    };
}

outcome run_shelves(subject const& peer, std::int64_t authors, std::int64_t repeats) {
    peer.select_shelves();
    std::vector<shelf> shelves;
    auto const spent = measure([&] {
        for (std::int64_t i = 0; i < repeats; ++i)
            shelves = peer.select_shelves();
    });
    auto const seen = digest(shelves);
    expect_equal(seen, digest(make_shelves(authors)), "shelves");
    return {spent, authors * (books_per_author + 1) * repeats, seen};
}

outcome run_update(subject const& peer, std::int64_t n,
                   std::function<void(std::span<score_change const>)> const& update) {
    auto const changes = make_changes(n);
    auto expected = make_rows(1, n);
    for (auto const& change : changes)
        expected[static_cast<std::size_t>(change.id - 1)].score = change.score;
    update(std::span{changes}.first(static_cast<std::size_t>(std::min(warm_up_rows, n))));
    auto const spent = measure([&] { update(changes); });
    auto const stored = digest(peer.select_all());
    expect_equal(stored, digest(expected), "updated rows");
    return {spent, n, stored};
}

outcome run_range(subject const& peer, std::int64_t n, std::int64_t repeats) {
    auto const width = std::min(range_rows, n);
    auto const first_of = [n, width](std::int64_t i) { return i * 7919 % (n - width + 1) + 1; };
    checksum found;
    peer.select_range(1, width);
    auto const spent = measure([&] {
        for (std::int64_t i = 0; i < repeats; ++i) {
            auto const first = first_of(i);
            for (auto const& row : peer.select_range(first, first + width - 1))
                found.add(row);
        }
    });
    std::uint64_t expected = 0;
    for (std::int64_t i = 0; i < repeats; ++i)
        expected += digest(make_rows(first_of(i), width));
    expect_equal(found.value(), expected, "selected ranges");
    return {spent, width * repeats, found.value()};
}

outcome run_users_query(subject const& peer, std::int64_t users, std::int64_t n) {
    auto const repeats = std::max<std::int64_t>(n / users, 1);
    peer.select_users();
    std::vector<bench_user> found;
    auto const spent = measure([&] {
        for (std::int64_t i = 0; i < repeats; ++i)
            found = peer.select_users();
    });
    auto expected = make_users(users, std::nullopt);
    for (std::size_t i = 0; i < expected.size(); ++i)
        expected[i].id = static_cast<std::int64_t>(i) + 1;
    expect_equal(digest(found), digest(expected), "selected users");
    return {spent, users * repeats, digest(found)};
}

outcome run_users_insert(subject const& peer, std::int64_t users, std::int64_t n) {
    auto const repeats = std::max<std::int64_t>(n / users, 1);
    auto const batch = [users] { return make_users(users, "hair_color"); };
    auto warm = batch();
    peer.insert_users(warm);
    auto const spent = measure([&] {
        for (std::int64_t i = 0; i < repeats; ++i) {
            auto made = batch();  // within, as Diesel has it
            peer.insert_users(made);
        }
    });
    auto stored = peer.select_users();
    for (auto& user : stored)
        user.id = 0;
    auto const each = digest(batch());
    expect_equal(digest(stored), each * static_cast<std::uint64_t>(repeats + 1), "stored users");
    return {spent, users * repeats, digest(stored)};
}

using statements = std::vector<std::string>;

/// A workload of the harness.
struct workload {
    std::string_view name;

    /// Whether the peer has the members that it takes.
    bool (*possible)(subject const&);

    outcome (*run)(subject const&, options const&);

    /// What to send after create_table_sql.
    statements (*fill)(options const&) = [](options const& with) {
        return fill_statements(with.where, with.n);
    };
};

statements nothing(options const&) { return {}; }

template <std::int64_t Users>
constexpr workload users_query(std::string_view name) {
    return {name, [](subject const& peer) { return bool{peer.select_users}; },
            [](subject const& peer, options const& with) {
                return run_users_query(peer, Users, with.n);
            },
            [](options const& with) { return create_users_sql(with.where, Users); }};
}

template <std::int64_t Users>
constexpr workload users_insert(std::string_view name) {
    return {name, [](subject const& peer) { return peer.insert_users && peer.select_users; },
            [](subject const& peer, options const& with) {
                return run_users_insert(peer, Users, with.n);
            },
            [](options const& with) { return create_users_sql(with.where, 0); }};
}

constexpr workload workloads[] = {
    {"W1", [](subject const& peer) { return bool{peer.insert_each}; },
     [](subject const& peer, options const& o) {
         return run_insert(peer, o.n, warm_up_rows, peer.insert_each, true);
     },
     nothing},
    {"W1r", [](subject const& peer) { return bool{peer.insert_range}; },
     [](subject const& peer, options const& o) {
         return run_insert(peer, o.n, warm_up_range, peer.insert_range, true);
     },
     nothing},
    {"W1u", [](subject const& peer) { return bool{peer.insert_unread}; },
     [](subject const& peer, options const& o) {
         return run_insert(peer, o.n, warm_up_range, peer.insert_unread, false);
     },
     nothing},
    {"W2", [](subject const& peer) { return bool{peer.select_all}; },
     [](subject const& peer, options const& o) { return run_select(peer, o.n); }},
    {"W3", [](subject const& peer) { return bool{peer.find_each}; },
     [](subject const& peer, options const& o) { return run_find(o.n, peer.find_each); }},
    {"W3a", [](subject const& peer) { return bool{peer.find_each_autocommit}; },
     [](subject const& peer, options const& o) {
         return run_find(o.n, peer.find_each_autocommit);
     }},
    {"W3k", [](subject const& peer) { return bool{peer.find_many}; },
     [](subject const& peer, options const& o) {
         return run_find(o.n, in_calls_of_a_thousand(peer.find_many));
     }},
    {"W4", [](subject const& peer) { return bool{peer.update_each}; },
     [](subject const& peer, options const& o) { return run_update(peer, o.n, peer.update_each); }},
    {"W4k", [](subject const& peer) { return bool{peer.update_many}; },
     [](subject const& peer, options const& o) {
         return run_update(peer, o.n, in_calls_of_a_thousand(peer.update_many));
     }},
    {"W5", [](subject const& peer) { return bool{peer.select_range}; },
     [](subject const& peer, options const& o) { return run_range(peer, o.n, o.repeats); }},
    {"W6", [](subject const& peer) { return bool{peer.select_shelves}; },
     [](subject const& peer, options const& o) {
         return run_shelves(peer, o.n / books_per_author, std::max(o.repeats / 10, 1L));
     },
     [](options const& o) { return create_library_sql(o.where, o.n / books_per_author); }},
    users_query<1>("Q1"),
    users_query<10>("Q10"),
    users_query<100>("Q100"),
    users_query<1000>("Q1000"),
    users_query<10000>("Q10000"),
    users_insert<1>("I1"),
    users_insert<10>("I10"),
    users_insert<25>("I25"),
    users_insert<50>("I50"),
    users_insert<100>("I100"),
};

bool can_run(subject const& peer, workload const& wanted) {
    bool const listed = peer.only.empty() || std::find(peer.only.begin(), peer.only.end(),
                                                       wanted.name) != peer.only.end();
    return listed && wanted.possible(peer);
}

/// nullptr where the peer does not do it.
workload const* find_workload(subject const& peer, std::string_view name) {
    for (auto const& each : workloads)
        if (each.name == name && can_run(peer, each))
            return &each;
    return nullptr;
}

std::string json_text(std::string_view text) {
    std::string quoted = "\"";
    for (char c : text) {
        if (c == '"' || c == '\\')
            quoted += '\\';
        quoted += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    }
    return quoted + '"';
}

void append_json(std::string& list, std::string_view text) {
    if (!list.empty())
        list += ',';
    list += json_text(text);
}

void print_list(subject const& peer) {
    std::string backends;
    std::string names;
    for (auto where : peer.backends)
        append_json(backends, name_of(where));
    for (auto const& each : workloads)
        if (can_run(peer, each))
            append_json(names, each.name);
#ifdef __OPTIMIZE__
    std::string_view const optimised = "true";
#else
    std::string_view const optimised = "false";
#endif
#ifdef __clang__
    std::string const compiler = __VERSION__;
#else
    std::string const compiler = std::string{"g++ "} + __VERSION__;
#endif
    std::printf(
        "{\"subject\":%s,\"backends\":[%s],\"workloads\":[%s],\"libraries\":%s,"
        "\"compiler\":%s,\"optimised\":%s}\n",
        json_text(peer.name).c_str(), backends.c_str(), names.c_str(),
        json_text(peer.libraries).c_str(), json_text(compiler).c_str(), optimised.data());
}

void print_outcome(subject const& peer, options const& wanted, outcome const& result,
                   std::string const& settings) {
    std::printf(
        "{\"workload\":%s,\"backend\":%s,\"subject\":%s,\"n\":%lld,\"operations\":%lld,"
        "\"wall_ns\":%lld,\"user_ns\":%lld,\"sys_ns\":%lld,\"allocations\":%llu,"
        "\"checksum\":\"%016llx\",\"settings\":%s}\n",
        json_text(wanted.workload).c_str(), json_text(name_of(wanted.where)).c_str(),
        json_text(peer.name).c_str(), static_cast<long long>(wanted.n),
        static_cast<long long>(result.operations), static_cast<long long>(result.spent.wall_ns),
        static_cast<long long>(result.spent.user_ns), static_cast<long long>(result.spent.sys_ns),
        static_cast<unsigned long long>(result.spent.allocations),
        static_cast<unsigned long long>(result.checksum), json_text(settings).c_str());
}

std::int64_t positive(std::string const& text) {
    char* end = nullptr;
    auto const number = std::strtoll(text.c_str(), &end, 10);
    if (text.empty() || *end != '\0' || number < 1 || number > 999'000)
        fail("not a number from 1 to 999000: " + text);
    return number;
}

options parse(int argc, char** argv) {
    options wanted;
    for (int i = 1; i < argc; ++i) {
        std::string const option = argv[i];
        if (option == "--list") {
            wanted.list = true;
            continue;
        }
        if (i + 1 == argc)
            fail("no value after " + option);
        std::string const value = argv[++i];
        if (option == "--workload")
            wanted.workload = value;
        else if (option == "--n")
            wanted.n = positive(value);
        else if (option == "--repeats")
            wanted.repeats = positive(value);
        else if (option == "--db")
            wanted.place = value;
        else if (option == "--backend") {
            auto const where = backend_named(value);
            if (!where)
                fail("--backend is memory, file or postgresql, not " + value);
            wanted.where = *where;
        } else
            fail("unknown option " + option);
    }
    return wanted;
}

/// Makes a fresh place for a database file where none was named, and removes what it made.
class file_place {
public:
    explicit file_place(options& wanted) {
        namespace fs = std::filesystem;
        if (wanted.where != backend::file)
            return;
        if (wanted.place.empty()) {
            auto folder = (fs::temp_directory_path() / "roam_bench_XXXXXX").string();
            if (mkdtemp(folder.data()) == nullptr)
                fail("cannot make a temporary folder");
            folder_ = folder;
            wanted.place = folder + "/bench.db";
        }
        if (fs::exists(wanted.place))
            fail("--db names a file that exists: " + wanted.place);
        file_ = wanted.place;
    }
    file_place(file_place const&) = delete;
    file_place& operator=(file_place const&) = delete;
    ~file_place() {
        std::error_code ignored;
        if (!file_.empty())
            for (auto suffix : {"", "-wal", "-shm"})
                std::filesystem::remove(file_ + suffix, ignored);
        if (!folder_.empty())
            std::filesystem::remove(folder_, ignored);
    }

private:
    std::string file_;
    std::string folder_;
};

int run_all(int argc, char** argv) {
    auto wanted = parse(argc, argv);
    auto const peer = make_subject();
    if (wanted.list) {
        print_list(peer);
        return 0;
    }
    bool known = false;
    for (auto where : peer.backends)
        known = known || where == wanted.where;
    auto const* const work = find_workload(peer, wanted.workload);
    if (!known || work == nullptr) {
        std::fprintf(stderr, "skipped: %s does not do workload '%s' on %s\n", peer.name.c_str(),
                     wanted.workload.c_str(), name_of(wanted.where).data());
        return skipped;
    }
    // Memory that connections can share, which is what Roam opens: the same for all subjects.
    if (wanted.where == backend::memory)
        wanted.place = "file:/bench?vfs=memdb";
    if (wanted.where == backend::postgresql && wanted.place.empty()) {
        char const* url = std::getenv("ROAM_TEST_POSTGRESQL_URL");
        if (url == nullptr || *url == '\0') {
            std::fprintf(stderr, "skipped: ROAM_TEST_POSTGRESQL_URL is not set\n");
            return skipped;
        }
        wanted.place = url;
    }
    file_place const place{wanted};
    auto const own = peer.open({wanted.where, wanted.place});
    for (auto const& sql : setting_statements(wanted.where))
        peer.execute(sql);
    for (auto const& sql : create_table_sql(wanted.where))
        peer.execute(sql);
    for (auto const& sql : work->fill(wanted))
        peer.execute(sql);
    if (peer.prepare)
        peer.prepare();
    auto const result = work->run(peer, wanted);
    for (auto const& sql : drop_table_sql(wanted.where))
        peer.execute(sql);
    peer.close();
    print_outcome(peer, wanted, result, setting_words(wanted.where) + ", " + own);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        // In a process that never had a second thread glibc takes shorter ways for each call of the
        // system and each block of memory. No subject is to have them, as some start a thread.
        std::thread{[] {}}.join();
        return run_all(argc, argv);
    } catch (std::exception const& e) {
        std::fprintf(stderr, "%s: %s\n", argv[0], e.what());
        return 1;
    }
}
