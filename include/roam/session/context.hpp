// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace roam {

namespace detail {
struct scope_entry;
class pool;
}  // namespace detail

/// Who is calling: an identity that owns sessions, and the stack of scopes that are open.
///
/// By default there is one per thread, made at its first operation. A runtime with fibers or
/// coroutines gives each of them a context of its own and tells Roam by a context_provider which
/// one is current.
/// Thread safety: used by one thread at a time; it may move between threads with its fiber.
class context {
public:
    context();
    ~context();
    context(context const&) = delete;
    context& operator=(context const&) = delete;

    /// Unique in the process and never reused, unlike a thread id.
    std::uint64_t identity() const noexcept { return identity_; }

private:
    friend struct detail::scope_entry;
    friend class session_scope;
    friend class target;
    friend class detail::pool;
    std::uint64_t identity_;
    std::uint64_t last_place_ = identity_;  ///< in a pool: the connection to ask for first
    detail::scope_entry* innermost_ = nullptr;
    std::vector<std::weak_ptr<detail::pool>> pools_;  ///< with connections of this context alone
};

/// Supplies the context of the caller. Implementations must answer fast: every operation asks.
/// Thread safety: current() is called from all threads at once.
class context_provider {
public:
    virtual ~context_provider() = default;
    virtual context& current() = 0;
};

/// The caller's context: the provider's, else the thread's.
context& current_context();

/// Replaces the provider for the whole process; nullptr restores one context per thread. The
/// provider must outlive every use. To be called before the first operation of the program.
void set_context_provider(context_provider* provider) noexcept;

}  // namespace roam
