// SPDX-License-Identifier: MIT
#pragma once

#include <roam/backend/sqlite.hpp>
#include <roam/error.hpp>

#include <support/waiting.hpp>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace roam::test {

using mapping::cell;
using mapping::cell_kind;

/// A folder of its own, removed at the end.
class folder {
public:
    folder() {
        auto pattern = (std::filesystem::temp_directory_path() / "roam-XXXXXX").string();
        path_ = ::mkdtemp(pattern.data());
    }
    ~folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    folder(folder const&) = delete;
    folder& operator=(folder const&) = delete;

    std::string file(std::string_view name) const { return (path_ / name).string(); }

    /// How many files in it this process has open.
    int open_files() const {
        int count = 0;
        for (auto const& entry : std::filesystem::directory_iterator{"/proc/self/fd"}) {
            std::error_code ignored;
            auto const target = std::filesystem::read_symlink(entry.path(), ignored);
            count += target.string().starts_with(path_.string());
        }
        return count;
    }

private:
    std::filesystem::path path_;
};

inline std::chrono::steady_clock::time_point soon() {
    return std::chrono::steady_clock::now() + std::chrono::seconds{20};
}

inline std::unique_ptr<backend::connection> open(std::string const& path,
                                                 sqlite::options const& how = {}) {
    return sqlite::make_connector(path, how)->open(soon());
}

inline cell integer(std::int64_t value) { return cell::of(cell_kind::integer, value); }
inline cell text(std::string_view value) { return cell::of_text(value); }
inline cell bytes(std::string_view value) {
    return cell::of_bytes(std::as_bytes(std::span{value.data(), value.size()}));
}

/// The first column of the first row as text: numbers in digits, NULL as "NULL".
inline std::string value(backend::connection& on, std::string_view sql,
                         std::vector<cell> const& parameters = {}) {
    auto const statement = on.prepare(sql);
    std::vector<cell> row(statement->column_count());
    statement->start(parameters);
    if (!statement->fetch(row.data()))
        return "no row";
    auto const& c = row.at(0);
    std::string shown;
    if (c.is_null())
        shown = "NULL";
    else if (c.kind == cell_kind::integer)
        shown = std::to_string(c.integer);
    else if (c.kind == cell_kind::real)
        shown = std::to_string(c.real);
    else
        shown = c.as_text();
    statement->finish();
    return shown;
}

inline std::int64_t run(backend::connection& on, std::string_view sql,
                        std::vector<cell> const& parameters = {}) {
    return on.prepare(sql)->run(parameters);
}

}  // namespace roam::test
