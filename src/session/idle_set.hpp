// SPDX-License-Identifier: MIT
#pragma once

#include "session/cache_line.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace roam::detail {

/// Which places of a pool hold an idle connection, each a bit, and what may be done about them
/// without the pool's lock: a few words of memory, far enough apart that threads that use different
/// ones do not meet.
///
/// A bit and the word's bars change by one compare-and-swap, so whoever holds the lock and has
/// barred something knows that none of it happens any more: a return that did not see the bar left
/// its connection before it, to be seen. And a return touches nothing after its connection has
/// become anybody's, who may end the pool.
/// Thread safety: take() and put() for everybody; the rest with the pool's lock held.
class idle_set {
public:
    static constexpr std::size_t none = ~std::size_t{0};

    /// To whom the set is open without the lock.
    enum class open_to : std::uint32_t {
        everybody = 0,
        leases = 1U << 8,  ///< not to returns: somebody has to be told of them
        nobody = 3U << 8,
    };

    /// Room for so many places, by the first call, or while the set is open to nobody.
    void reserve(std::size_t places);

    void open(open_to whom) noexcept {
        for (word* w = first_; w != last_; ++w) {
            auto bits = w->load(std::memory_order_relaxed);
            while ((bits & ~idle_bits) != to_bits(whom) &&
                   !w->compare_exchange_weak(bits, (bits & idle_bits) | to_bits(whom),
                                             std::memory_order_relaxed)) {
            }
        }
    }

    /// Takes an idle connection: its place, or `none` where there is none, or leases are barred.
    /// That of `wish`, any number, if it can be had: a caller who wishes for what it had last finds
    /// it in its own processor's memory, and meets nobody.
    std::size_t take(std::uint64_t wish) noexcept {
        auto const count = static_cast<std::size_t>(last_ - first_);
        std::size_t at = static_cast<std::size_t>(wish >> shift_);
        if (at >= count) [[unlikely]]
            at %= std::max<std::size_t>(count, 1);
        std::uint32_t wished = bit_of(static_cast<std::size_t>(wish));
        for (std::size_t left = count; left != 0; --left, ++at) {
            if (at == count)
                at = 0;
            if (auto const place = take_from(at, leases_barred, wished); place != none)
                return place;
            wished = 0;
        }
        return none;
    }

    /// Whoever put a connection here has let go of it. False, and nothing done, if returns are
    /// barred.
    bool put(std::size_t place) noexcept { return put(place, returns_barred); }

    /// The same past all bars.
    std::size_t take_any() noexcept {
        for (std::size_t at = 0; first_ + at != last_; ++at) {
            if (std::size_t const place = take_from(at, 0, 0); place != none)
                return place;
        }
        return none;
    }
    bool take_this(std::size_t place) noexcept {
        return (first_[place >> shift_].fetch_and(~bit_of(place), std::memory_order_acquire) &
                bit_of(place)) != 0;
    }
    void put_this(std::size_t place) noexcept { put(place, 0); }

    std::size_t count() const noexcept {
        int sum = 0;
        for (word* w = first_; w != last_; ++w)
            sum += std::popcount(w->load(std::memory_order_relaxed) & idle_bits);
        return static_cast<std::size_t>(sum);
    }

private:
    struct alignas(cache_line) word : std::atomic<std::uint32_t> {};
    static constexpr std::size_t usual_words = 16;
    static constexpr unsigned most_bits_shift = 3;
    static constexpr std::uint32_t idle_bits = (1U << (1U << most_bits_shift)) - 1;
    static constexpr std::uint32_t returns_barred = 1U << 8;
    static constexpr std::uint32_t leases_barred = 1U << 9;

    static constexpr std::uint32_t to_bits(open_to whom) noexcept {
        return static_cast<std::uint32_t>(whom);
    }
    std::uint32_t bit_of(std::size_t place) const noexcept {
        return 1U << (place & ((std::size_t{1} << shift_) - 1));
    }

    std::size_t take_from(std::size_t at, std::uint32_t bars, std::uint32_t wished) noexcept {
        auto bits = first_[at].load(std::memory_order_relaxed);
        while ((bits & idle_bits) != 0 && (bits & bars) == 0) {
            std::uint32_t const taken = (bits & wished) != 0 ? wished : bits & (~bits + 1);
            if (first_[at].compare_exchange_weak(bits, bits & ~taken, std::memory_order_acquire,
                                                 std::memory_order_relaxed))
                return (at << shift_) + static_cast<std::size_t>(std::countr_zero(taken));
        }
        return none;
    }
    bool put(std::size_t place, std::uint32_t bars) noexcept {
        word& w = first_[place >> shift_];
        auto bits = w.load(std::memory_order_relaxed);
        while ((bits & bars) == 0) {
            if (w.compare_exchange_weak(bits, bits | bit_of(place), std::memory_order_release,
                                        std::memory_order_relaxed))
                return true;
        }
        return false;
    }

    std::unique_ptr<word[]> words_;
    word* first_ = nullptr;
    word* last_ = nullptr;
    unsigned shift_ = 0;  ///< a word has 2^shift places
};

inline void idle_set::reserve(std::size_t places) {
    if (first_ == last_) {
        while (shift_ < most_bits_shift && (usual_words << shift_) < places)
            ++shift_;
    }
    std::size_t const count = (places + (std::size_t{1} << shift_) - 1) >> shift_;
    if (static_cast<std::size_t>(last_ - first_) >= count)
        return;
    auto more = std::make_unique<word[]>(count);
    word* to = more.get();
    for (word* w = first_; w != last_; ++w, ++to)
        to->store(w->load(std::memory_order_relaxed), std::memory_order_relaxed);
    for (; to != more.get() + count; ++to)
        to->store(to_bits(open_to::nobody), std::memory_order_relaxed);
    words_ = std::move(more);
    first_ = words_.get();
    last_ = first_ + count;
}

}  // namespace roam::detail
