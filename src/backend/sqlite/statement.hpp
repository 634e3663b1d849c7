// SPDX-License-Identifier: MIT
#pragma once

#include "backend/sqlite/command.hpp"
#include "backend/sqlite/engine.hpp"
#include <roam/backend/backend.hpp>

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace roam::sqlite::detail {

/// A statement on sqlite3_stmt. Parameters are bound without a copy and columns read in place.
class prepared final : public backend::statement {
public:
    /// Takes the handle over. `kind` is what command_of() said of its text.
    prepared(engine& owner, sqlite3_stmt* handle, command kind);
    ~prepared() override;
    prepared(prepared const&) = delete;
    prepared& operator=(prepared const&) = delete;

    void start(std::span<mapping::cell const> parameters) override;
    bool fetch(mapping::cell* row) override;
    std::int64_t affected_rows() const override;
    std::int64_t inserted_key() const override { return sqlite3_last_insert_rowid(engine_.db); }
    void finish() noexcept override;
    std::size_t column_count() const override { return static_cast<std::size_t>(columns_); }
    std::string column_name(std::size_t column) const override;
    std::size_t parameter_count() const override { return parameters_; }

    command kind() const noexcept { return kind_; }
    bool writes() const noexcept { return writes_; }
    bool is_idle() const noexcept { return state_ == state::idle; }
    std::string_view sql() const noexcept;

    /// Forgets the parameters of all finished statements of the connection.
    static void unbind_all(engine& of) noexcept;

    /// Runs to the end without parameters and without reading a row.
    void run_blind();

private:
    enum class state : std::uint8_t { idle, first_row, running };

    void bind(std::span<mapping::cell const> parameters);
    int bind_one(mapping::cell const& value, int number, std::span<mapping::cell const> all);
    int bind_text(mapping::cell const& value, int number);
    int bind_formatted(mapping::cell const& value, int number, std::span<mapping::cell const> all);
    void reserve_scratch(std::span<mapping::cell const> all);
    void decode(mapping::cell* row);
    bool step();
    void done();
    void release() noexcept;
    void let_go() noexcept;
    void unbind() noexcept;
    [[noreturn]] void fail(int code);
    [[noreturn]] void refuse(int number, std::string_view why);
    [[noreturn]] void refuse_text(mapping::cell const& value, int number);
    [[noreturn]] void wrong_count(std::size_t given);
    [[noreturn]] void columns_changed(int now);

    engine& engine_;
    sqlite3_stmt* handle_;
    int columns_;
    state state_ = state::idle;
    command kind_;
    bool counts_rows_;
    bool writes_;
    bool holds_pointers_ = false;  ///< a text or blob of somebody else is bound
    bool listed_ = false;          ///< in engine::bound
    prepared* next_bound_ = nullptr;
    std::size_t parameters_;
    clock::time_point deadline_{};
    std::unique_ptr<char[]> scratch_;  ///< text of dates, times and uuids
    std::size_t scratch_size_ = 0;
    std::size_t scratch_used_ = 0;
};

}  // namespace roam::sqlite::detail
