// SPDX-License-Identifier: MIT
#pragma once

#include "backend/postgresql/statement.hpp"

#include <cstddef>

namespace roam::postgresql {

/// libpq's pipeline mode, from construction to destruction. One sync, at its end: what follows a
/// statement that fails is not run.
class pg_queue final : public backend::statement_queue {
public:
    explicit pg_queue(pg_connection& owner);
    ~pg_queue() override;
    pg_queue(pg_queue const&) = delete;
    pg_queue& operator=(pg_queue const&) = delete;

    bool send(backend::statement& s, std::span<mapping::cell const> parameters) override;
    void flush() override;
    void receive(backend::statement& s) override;

private:
    void end() noexcept;

    pg_connection& owner_;
    bool open_ = true;  ///< the link is in pipeline mode
    bool synced_ = false;
};

}  // namespace roam::postgresql
