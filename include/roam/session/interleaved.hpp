// SPDX-License-Identifier: MIT
#pragma once

#include <roam/mapping/cell.hpp>
#include <roam/session/execution.hpp>
#include <roam/session/target.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace roam::detail {

struct interleaved_read;

/// A SELECT under way inside a transaction that lets other statements run on its session between
/// its rows: on PostgreSQL a cursor. It ends with the innermost transaction or savepoint that was
/// open when it began; asked for a row after that it throws usage_error.
///
/// The session is entered only for the time of a call. The parameters' memory must live as long as
/// this. Thread safety: one thread, the session's owner.
class interleaved_execution {
public:
    /// usage_error unless a transaction of Roam's is open on the session that `on` means.
    interleaved_execution(target const& on, statement_source const& source,
                          std::span<mapping::cell const> parameters);
    interleaved_execution(interleaved_execution const&) = delete;
    interleaved_execution& operator=(interleaved_execution const&) = delete;
    ~interleaved_execution();

    /// The next row: cells that live until the next statement on the session; false after the last.
    bool fetch(mapping::cell* row);

    /// As execution's. fetch() checks by itself.
    void check_owner() const noexcept {}
    void explain(error& e) const noexcept;

private:
    slot* slot_ = nullptr;
    std::uint64_t generation_ = 0;
    std::shared_ptr<interleaved_read> read_;
    std::string sql_;
    source_location where_;
};

}  // namespace roam::detail
