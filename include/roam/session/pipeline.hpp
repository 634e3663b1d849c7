// SPDX-License-Identifier: MIT
#pragma once

#include <roam/session/execution.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace roam::detail {

/// Statements of one batch. Where the backend has a queue they are sent without a wait for each
/// answer; elsewhere each runs at once. A statement that has to be prepared first runs by itself.
/// Thread safety: one thread.
class pipeline {
public:
    /// What is done with an answer, in the order of the statements. `inside` may run more.
    using receiver = void (*)(execution& run, batch& inside, void* record);

    explicit pipeline(batch& inside);
    pipeline(pipeline const&) = delete;
    pipeline& operator=(pipeline const&) = delete;
    ~pipeline();

    /// The parameters' memory is free again when it returns; `record` must live until flush().
    void put(statement_source const& source, std::span<mapping::cell const> parameters,
             receiver take, void* record);

    /// Waits for all answers. put() does it too, after so many that memory stays bounded.
    void flush();

private:
    struct sent {
        cached_statement* statement;
        receiver take;
        void* record;
        std::size_t parameters;
    };
    bool queue(statement_source const& source, std::span<mapping::cell const> parameters,
               receiver take, void* record);

    batch& inside_;
    bool has_queue_ = true;  ///< as far as is known: the backend is asked once
    std::unique_ptr<backend::statement_queue> queue_;
    std::vector<sent> sent_;
};

}  // namespace roam::detail
