// SPDX-License-Identifier: MIT
// The Chinook database, loaded by the engine's own command line: every row of its 11 tables is read
// into plain structs and compared with what that command line prints; then threads share records.
#include "conformance/chinook_records.hpp"
#include "conformance/fixture.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <mutex>
#include <thread>

namespace conformance::chinook {

namespace fs = std::filesystem;

/// What a shell command prints; it must succeed.
std::string output_of(std::string const& command) {
    std::string text;
    FILE* const pipe = ::popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::array<char, 4096> buffer{};
    while (std::size_t const n = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
        text.append(buffer.data(), n);
    }
    int const status = ::pclose(pipe);
    INFO(command << ": " << text.substr(0, 1000));
    REQUIRE(WIFEXITED(status));
    REQUIRE(WEXITSTATUS(status) == 0);
    return text;
}

std::string in_quotes(std::string const& text) { return "'" + text + "'"; }

/// The script of the backend, or nothing when there is no data.
std::optional<fs::path> script() {
    char const* const data = std::getenv("ROAM_TEST_DATA");
    if (data == nullptr || on_mysql())
        return std::nullopt;
    fs::path const file =
        fs::path{data} / "chinook" / (on_sqlite() ? "sqlite.sql" : "postgresql.sql");
    if (!fs::exists(file))
        return std::nullopt;
    return file;
}

/// Chinook in a file or in a database of its own, and the command line that reads it.
class loaded {
public:
    explicit loaded(fs::path const& script) {
        std::string pattern = (fs::temp_directory_path() / "roam_chinook_XXXXXX").string();
        REQUIRE(::mkdtemp(pattern.data()) != nullptr);
        folder_ = pattern;
        if (on_sqlite()) {
            url_ = "sqlite:" + (folder_ / "chinook.db").string();
            command_ =
                "sqlite3 -bail -list -noheader " + in_quotes((folder_ / "chinook.db").string());
            output_of(command_ + " < " + in_quotes(script.string()) + " 2>&1");
        } else {
            load_into_postgresql(script);
        }
    }
    loaded(loaded const&) = delete;
    loaded& operator=(loaded const&) = delete;
    ~loaded() {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
        if (name_.empty())
            return;
        try {
            roam::raw("DROP DATABASE " + name_ + " WITH (FORCE)").run(roam::database{server_});
        } catch (std::exception const& e) {
            std::cerr << "chinook: " << e.what() << '\n';
        }
    }

    std::string const& url() const { return url_; }

    /// What the command line prints for queries.
    std::string print(std::string const& sql) const {
        auto const file = folder_ / "query.sql";
        std::ofstream{file} << sql << ";\n";
        return output_of(command_ + (on_sqlite() ? " < " : " -At -f ") + in_quotes(file.string()));
    }

private:
    void load_into_postgresql(fs::path const& script) {
        server_ = std::getenv("ROAM_TEST_POSTGRESQL_URL");
        name_ = "chinook_" + std::to_string(::getpid());
        roam::raw("CREATE DATABASE " + name_).run(roam::database{server_});
        url_ = server_.substr(0, server_.rfind('/') + 1) + name_;
        command_ = "psql -X -q -v ON_ERROR_STOP=1 -d " + in_quotes(url_);
        // The script makes and enters a database of its own name; the rest of it stays as it is.
        std::ifstream from{script};
        auto const copy = folder_ / "chinook.sql";
        {
            std::ofstream to{copy};
            for (std::string line; std::getline(from, line);) {
                bool const makes_database = line.starts_with("DROP DATABASE") ||
                                            line.starts_with("CREATE DATABASE") ||
                                            line.starts_with("\\c ");
                if (!makes_database)
                    to << line << '\n';
            }
        }
        output_of(command_ + " -f " + in_quotes(copy.string()) + " 2>&1");
    }

    fs::path folder_;
    std::string url_;
    std::string command_;
    std::string server_;
    std::string name_;
};

// ---- One row as text, written from the struct and by the engine

template <class T>
concept price = requires(T const& p) { p.cents; };

void write(std::string& to, int number) { to += std::to_string(number); }
void write(std::string& to, std::string const& text) { to += text; }
void write(std::string& to, price auto const& p) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%lld.%02lld", static_cast<long long>(p.cents / 100),
                  static_cast<long long>(p.cents % 100));
    to += text.data();
}
void write(std::string& to, std::chrono::local_time<std::chrono::microseconds> at) {
    auto const day = std::chrono::floor<std::chrono::days>(at);
    std::chrono::year_month_day const date{day};
    std::chrono::hh_mm_ss const time{std::chrono::floor<std::chrono::seconds>(at - day)};
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02u %02d:%02d:%02d",
                  static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
                  static_cast<int>(time.minutes().count()),
                  static_cast<int>(time.seconds().count()));
    to += text.data();
}
template <class T>
void write(std::string& to, std::optional<T> const& maybe) {
    if (maybe) {
        write(to, *maybe);
    } else {
        to += "(null)";
    }
}

std::int64_t number_in(int number) { return number; }
std::int64_t number_in(price auto const& p) { return p.cents; }
std::int64_t number_in(std::optional<int> const& maybe) { return maybe.value_or(0); }
template <class Other>
std::int64_t number_in(Other const&) {
    return 0;
}

/// The same row and the same sums in SQL, for the command line.
struct queries {
    std::string rows;
    std::string sums;
};

queries queries_for(roam::mapping::table const& t) {
    using roam::mapping::type_kind;
    auto const name = [](std::string_view text) { return '"' + std::string{text} + '"'; };
    std::string row;
    std::string sums = "count(*)";
    std::string key;
    for (auto const& c : t.columns) {
        bool const is_price =
            c.type.kind == type_kind::float64 || c.type.kind == type_kind::decimal;
        std::string text = "CAST(" + name(c.name) + " AS text)";
        if (is_price && on_sqlite())
            text = "printf('%.2f', " + name(c.name) + ")";
        row += (row.empty() ? "coalesce(" : " || '|' || coalesce(") + text + ", '(null)')";
        sums += " || '|' || ";
        if (is_price) {
            sums += "coalesce(CAST(round(sum(" + name(c.name) + ") * 100) AS bigint), 0)";
        } else if (roam::mapping::is_integer(c.type.kind)) {
            sums += "coalesce(sum(" + name(c.name) + "), 0)";
        } else {
            sums += "0";
        }
    }
    for (auto c : t.primary_key)
        key += (key.empty() ? "" : ", ") + name(t.columns[c].name);
    std::string const from = " FROM " + name(t.name);
    return {"SELECT " + row + from + " ORDER BY " + key, "SELECT " + sums + from};
}

std::uint64_t digest_of(std::string_view text) {
    std::uint64_t digest = 14695981039346656037u;  // FNV-1a
    for (unsigned char const c : text)
        digest = (digest ^ c) * 1099511628211u;
    return digest;
}

/// Reads every row of T and compares it with what the command line prints.
template <class T>
void compare(loaded const& files, roam::database const& db) {
    auto const& table = roam::table_of<T>();
    INFO(table.name);
    auto const sql = queries_for(table);

    auto const rows = roam::select<T>().all(db);
    std::vector<std::string> lines;
    std::vector<std::int64_t> sums(table.columns.size());
    for (auto const& row : rows) {
        std::string line;
        std::size_t at = 0;
        auto each = [&]<std::size_t>(auto const& member) {
            if (at != 0)
                line += '|';
            write(line, member);
            sums[at++] += number_in(member);
        };
        roam::mapping::detail::visit_columns<0, T, roam::mapping::description_of<T>>(row, each);
        lines.push_back(std::move(line));
    }
    std::string printed_sums = std::to_string(rows.size());
    for (auto s : sums)
        printed_sums += '|' + std::to_string(s);
    auto const both = files.print(sql.sums + ";\n" + sql.rows);
    auto const first_line = both.find('\n');
    REQUIRE(first_line != std::string::npos);
    CHECK(printed_sums == both.substr(0, first_line));

    auto const printed = both.substr(first_line + 1);
    // The order of rows is the engine's; by key it is the command line's as well.
    std::vector<std::string> theirs;
    for (std::size_t at = 0; at < printed.size();) {
        auto const end = printed.find('\n', at);
        theirs.push_back(printed.substr(at, end - at));
        at = end + 1;
    }
    std::sort(lines.begin(), lines.end());
    std::sort(theirs.begin(), theirs.end());
    CHECK(lines.size() > 0);
    if (lines != theirs) {
        for (std::size_t i = 0; i < std::min(lines.size(), theirs.size()); ++i) {
            if (lines[i] != theirs[i]) {
                CHECK(lines[i] == theirs[i]);
                break;
            }
        }
    }
    std::string all;
    std::string all_theirs;
    for (auto const& l : lines)
        all += l + '\n';
    for (auto const& l : theirs)
        all_theirs += l + '\n';
    CHECK(digest_of(all) == digest_of(all_theirs));
    std::cout << "chinook " << table.name << ": " << rows.size() << " rows, digest " << std::hex
              << digest_of(all) << std::dec << '\n';
}

template <class... T>
void compare_all(loaded const& files, roam::database const& db) {
    (compare<T>(files, db), ...);
}

/// Eight threads add one millisecond to the same tracks, through records that all of them share.
template <class Track>
void update_shared_tracks(roam::database const& db) {
    auto const first_thousand = roam::col<&Track::track_id> <= 1000;
    auto tracks =
        roam::select<Track>().where(first_thousand).order_by(roam::col<&Track::track_id>).all(db);
    REQUIRE(tracks.size() == 1000);
    auto const before = tracks;
    std::vector<std::mutex> locks(tracks.size());
    std::vector<int> acknowledged(tracks.size());
    std::atomic<int> refused{0};
    {
        std::vector<std::jthread> threads;
        for (std::size_t t = 0; t < 8; ++t) {
            threads.emplace_back([&, t] {
                for (std::size_t n = 0; n < tracks.size(); ++n) {
                    std::size_t const i = (n + t * 125) % tracks.size();
                    std::lock_guard const mine{locks[i]};
                    Track copy = tracks[i];
                    copy.milliseconds += 1;
                    try {
                        roam::update(copy, db);
                    } catch (roam::transient_error const&) {
                        ++refused;
                        continue;
                    }
                    tracks[i] = copy;
                    ++acknowledged[i];
                }
            });
        }
    }
    auto const after =
        roam::select<Track>().where(first_thousand).order_by(roam::col<&Track::track_id>).all(db);
    REQUIRE(after.size() == tracks.size());
    std::size_t lost = 0;
    std::int64_t total = 0;
    for (std::size_t i = 0; i < after.size(); ++i) {
        total += acknowledged[i];
        lost += after[i].milliseconds != before[i].milliseconds + acknowledged[i];
        lost += after[i].name != before[i].name || after[i].bytes != before[i].bytes;
    }
    CHECK(lost == 0);
    CHECK(total + refused == 8000);
    std::cout << "chinook: " << total << " updates acknowledged and found, " << refused
              << " refused\n";
}

TEST_CASE("Chinook: every row of its 11 tables is what the command line prints") {
    auto const file = script();
    if (!file)
        ROAM_SKIP("ROAM_TEST_DATA names no folder with chinook");
    loaded const files{*file};
    roam::database const db{files.url()};
    if (on_sqlite()) {
        using namespace chinook_sqlite;
        compare_all<artist, album, employee, customer, genre, media_type, track, playlist,
                    playlist_track, invoice, invoice_line>(files, db);
    } else {
        using namespace chinook_pg;
        compare_all<artist, album, employee, customer, genre, media_type, track, playlist,
                    playlist_track, invoice, invoice_line>(files, db);
    }
}

TEST_CASE("Chinook: eight threads update the same tracks and every acknowledged update is found") {
    auto const file = script();
    if (!file)
        ROAM_SKIP("ROAM_TEST_DATA names no folder with chinook");
    loaded const files{*file};
    // What is shown is that no update is lost among threads, not what survives a loss of power.
    std::string const url = files.url() + (on_sqlite() ? "?synchronous=normal" : "");
    roam::database const db{url, {.max_sessions = 8}};
    if (on_sqlite()) {
        update_shared_tracks<chinook_sqlite::track>(db);
    } else {
        update_shared_tracks<chinook_pg::track>(db);
    }
}

}  // namespace conformance::chinook
