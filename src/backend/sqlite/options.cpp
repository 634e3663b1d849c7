// SPDX-License-Identifier: MIT
#include "backend/sqlite/options.hpp"
#include <roam/error.hpp>

#include <charconv>
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

// Takes options out of a URL; what is left at the end is unknown.
class reader {
public:
    explicit reader(backend::url where) : where_(std::move(where)) {}

    template <typename Value, std::size_t Size>
    void take(std::string_view name, Value& to, choice<Value> const (&choices)[Size]) {
        auto const given = where_.take(name);
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
        refuse(name, *given, "one of " + legal);
    }

    std::optional<std::int64_t> take_number(std::string_view name, std::int64_t least,
                                            std::int64_t most) {
        auto const given = where_.take(name);
        if (!given)
            return std::nullopt;
        std::int64_t number = 0;
        auto const end = given->data() + given->size();
        auto const [stop, error] = std::from_chars(given->data(), end, number);
        if (error != std::errc{} || stop != end || number < least || number > most) {
            refuse(name, *given,
                   "a number from " + std::to_string(least) + " to " + std::to_string(most));
        }
        return number;
    }

    void finish() const {
        where_.reject_unknown(
            "mode, journal_mode, synchronous, foreign_keys, busy_timeout, cache_size, mmap_size, "
            "temp_store, threading, one_writer");
    }

private:
    static std::string lower(std::string text) {
        for (char& c : text) {
            if (c >= 'A' && c <= 'Z')
                c = static_cast<char>(c - 'A' + 'a');
        }
        return text;
    }

    [[noreturn]] void refuse(std::string_view name, std::string_view given,
                             std::string const& legal) const {
        throw url_error{"the option " + std::string{name} + "=" + std::string{given} + " of " +
                        where_.without_password() + " is not understood; write " + legal};
    }

    backend::url where_;
};

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
    reader from{std::move(where)};
    from.take("mode", how.mode, modes);
    from.take("journal_mode", how.journal, journal_modes);
    from.take("synchronous", how.sync, durabilities);
    from.take("foreign_keys", how.foreign_keys, switches);
    if (auto const given = from.take_number("busy_timeout", 0, INT_MAX)) {
        how.busy_timeout = std::chrono::milliseconds{*given};
    }
    how.cache_size = from.take_number("cache_size", INT_MIN, INT_MAX);
    how.mmap_size = from.take_number("mmap_size", 0, INT64_MAX).value_or(how.mmap_size);
    from.take("temp_store", how.temporary, temp_stores);
    from.take("threading", how.threading, threadings);
    from.take("one_writer", how.one_writer, switches);
    from.finish();
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
