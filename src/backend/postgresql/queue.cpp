// SPDX-License-Identifier: MIT
#include "backend/postgresql/queue.hpp"

namespace roam::postgresql {

pg_queue::pg_queue(pg_connection& owner) : owner_(owner) {
    auto* const link = owner_.checked_link();
    owner_.refuse_if_stopped("a batch of statements");
    owner_.begin_command();
    if (PQenterPipelineMode(link) != 1)
        owner_.fail(nullptr, "a batch of statements");
}

pg_queue::~pg_queue() { end(); }

bool pg_queue::send(backend::statement& s, std::span<mapping::cell const> parameters) {
    return static_cast<pg_statement&>(s).send(parameters);
}

void pg_queue::flush() {
    synced_ = true;
    if (PQpipelineSync(owner_.link()) == 1)
        return;
    end();
    owner_.fail(nullptr, "a batch of statements");
}

// Before an error is looked at the mode is left: in it libpq does not tell what has become of the
// transaction.
void pg_queue::receive(backend::statement& s) {
    auto& statement = static_cast<pg_statement&>(s);
    auto answer = owner_.collect();
    auto const status = PQresultStatus(answer.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        end();
    statement.receive(std::move(answer));
}

void pg_queue::end() noexcept {
    if (!open_)
        return;
    open_ = false;
    auto* const link = owner_.link();
    if (!synced_)
        PQpipelineSync(link);
    // A null stands between the answers of two statements, and two of them at a dead link.
    for (int nulls = 0; nulls < 2 && owner_.usable();) {
        auto const rest = owner_.next_result();
        nulls = rest == nullptr ? nulls + 1 : 0;
        if (PQresultStatus(rest.get()) == PGRES_PIPELINE_SYNC && rest != nullptr)
            break;
    }
    PQexitPipelineMode(link);
}

}  // namespace roam::postgresql
