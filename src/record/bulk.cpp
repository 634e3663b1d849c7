// SPDX-License-Identifier: MIT
#include <roam/error.hpp>
#include <roam/record/bulk.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace roam::record_detail {

std::size_t rows_per_insert(std::size_t columns, sql::dialect const& d) noexcept {
    return std::clamp<std::size_t>(d.max_parameters / std::max<std::size_t>(columns, 1), 1,
                                   most_rows_per_insert);
}

namespace {

/// Other rows than the statement's own were added, so that nobody knows which keys are whose.
struct keys_not_told : statement_error {
    using statement_error::statement_error;
};

}  // namespace

row_keys::row_keys(detail::batch& inside, mapping::table const& t, bool told)
    : inside_(inside),
      log_{.table = t.name, .room = {}},
      told_(told && inside.log_keys(&log_)) {}

row_keys::~row_keys() {
    if (told_)
        inside_.log_keys(nullptr);
}

void row_keys::reserve(std::size_t rows) {
    keys_.resize(rows);
    log_.room = keys_;
}

std::span<std::int64_t const> row_keys::take(detail::execution& run, std::size_t rows) {
    if (told_) {
        run.affected();
        std::size_t const count = std::exchange(log_.count, 0);
        if (count != rows ||
            !std::is_sorted(keys_.begin(), keys_.begin() + static_cast<std::ptrdiff_t>(rows)))
            throw keys_not_told("other rows were added to " + std::string{log_.table});
    } else {
        read(run, rows);
    }
    return {keys_.data(), rows};
}

void row_keys::read(detail::execution& run, std::size_t rows) {
    std::size_t count = 0;
    for (cell row; run.fetch(&row); ++count) {
        if (count < rows)
            mapping::load(row, keys_[count]);
    }
    if (count != rows) {
        throw statement_error("an insert of " + std::to_string(rows) + " rows returned " +
                              std::to_string(count) + " keys; a trigger may have refused some");
    }
    std::sort(keys_.begin(), keys_.begin() + static_cast<std::ptrdiff_t>(rows));
}

bool wants_slower_way(error const& e, bulk_way went) noexcept {
    if (went == bulk_way::values)
        return false;
    // 42804: the column is of type json, but the expression of type text. In VALUES the parameters
    // take the types of the columns. 0A000 and 42809: what only an INSERT can do.
    constexpr std::string_view states[] = {"42804", "0A000", "42809"};
    return std::find(std::begin(states), std::end(states), e.sqlstate()) != std::end(states) ||
           dynamic_cast<keys_not_told const*>(&e) != nullptr;
}

bulk_way next_slower(bulk_way way) noexcept {
    return way == bulk_way::copied ? bulk_way::arrays : bulk_way::values;
}

bool may_copy(sql::dialect const& d, bulk_way best, std::size_t rows) noexcept {
    return best == bulk_way::copied && rows >= rows_worth_copy &&
           d.can(sql::capability::copied_rows);
}

void begin_range(detail::batch& inside, bool is_alone) {
    bool const undoes_itself = is_alone && inside.dialect().can(sql::capability::whole_statements);
    if (!undoes_itself || inside.is_in_transaction())
        inside.begin();
}

}  // namespace roam::record_detail
