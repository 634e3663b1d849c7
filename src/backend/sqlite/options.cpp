// SPDX-License-Identifier: MIT
#include "backend/sqlite/options.hpp"
#include <roam/error.hpp>

#include <climits>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace roam::sqlite::detail {
namespace {

template <typename Value>
struct choice {
    std::string_view text;
    Value value;
};

constexpr choice<open_mode> modes[] = {
    {"rwc", open_mode::create}, {"rw", open_mode::read_write}, {"ro", open_mode::read_only}};
constexpr choice<journal_mode> journal_modes[] = {
    {"wal", journal_mode::wal},           {"delete", journal_mode::remove},
    {"truncate", journal_mode::truncate}, {"persist", journal_mode::persist},
    {"memory", journal_mode::memory},     {"off", journal_mode::off}};
constexpr choice<durability> durabilities[] = {{"full", durability::full},
                                               {"extra", durability::extra},
                                               {"normal", durability::relaxed},
                                               {"off", durability::none}};
constexpr choice<temp_store> temp_stores[] = {
    {"default", temp_store::as_built}, {"file", temp_store::file}, {"memory", temp_store::memory}};
constexpr choice<threading_mode> threadings[] = {{"multi_thread", threading_mode::multi_thread},
                                                 {"serialized", threading_mode::serialized}};
constexpr choice<bool> switches[] = {{"on", true},   {"true", true},   {"1", true},
                                     {"off", false}, {"false", false}, {"0", false}};

std::string lower(std::string text) {
    for (char& c : text) {
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    }
    return text;
}

template <typename Value, std::size_t Size>
void take(backend::url& where, std::string_view name, Value& to,
          choice<Value> const (&choices)[Size]) {
    auto const given = where.take(name);
    if (!given)
        return;
    std::string legal;
    for (auto const& c : choices) {
        if (lower(*given) == c.text) {
            to = c.value;
            return;
        }
        legal.append(legal.empty() ? "" : ", ").append(c.text);
    }
    throw url_error{"the option " + std::string{name} + "=" + *given + " of " +
                    where.without_password() + " is not understood; write one of " + legal};
}

}  // namespace

options parse_options(backend::url where) {
    bool const memory = where.path == ":memory:";
    if (memory) {
        for (auto const& [name, value] : where.options) {
            if (name == "journal_mode") {
                throw url_error{"sqlite::memory: takes no journal_mode: its journal is in memory"};
            }
        }
    }
    options how;
    take(where, "mode", how.mode, modes);
    take(where, "journal_mode", how.journal, journal_modes);
    take(where, "synchronous", how.sync, durabilities);
    take(where, "foreign_keys", how.foreign_keys, switches);
    if (auto const given = where.take_number("busy_timeout", 0, INT_MAX)) {
        how.busy_timeout = std::chrono::milliseconds{*given};
    }
    how.cache_size = where.take_number("cache_size", INT_MIN, INT_MAX);
    how.mmap_size = where.take_number("mmap_size", 0, INT64_MAX).value_or(how.mmap_size);
    take(where, "temp_store", how.temporary, temp_stores);
    take(where, "threading", how.threading, threadings);
    take(where, "one_writer", how.one_writer, switches);
    where.reject_unknown(
        "mode, journal_mode, synchronous, foreign_keys, busy_timeout, cache_size, mmap_size, "
        "temp_store, threading, one_writer");
    return how;
}

void check_options(options const& how, bool memory) {
    if (memory && how.mode == open_mode::read_only) {
        throw usage_error{"a memory database cannot be opened read-only: it would stay empty"};
    }
    if (how.busy_timeout.count() < 0 || how.busy_timeout.count() > INT_MAX) {
        throw usage_error{"busy_timeout is " + std::to_string(how.busy_timeout.count()) +
                          " ms; it must be from 0 to 2147483647"};
    }
    if (how.threading == threading_mode::single_thread) {
        throw usage_error{
            "a connection cannot be single_thread: that is for the whole process, see "
            "roam::sqlite::configure_process()"};
    }
    if (how.mmap_size < 0)
        throw usage_error{"mmap_size must not be negative"};
    if (how.cache_size && (*how.cache_size < INT_MIN || *how.cache_size > INT_MAX)) {
        throw usage_error{"cache_size does not fit 32 bits"};
    }
}

}  // namespace roam::sqlite::detail
