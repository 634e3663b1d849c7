// SPDX-License-Identifier: MIT
#include "backend/odbc/attributes.hpp"
#include "backend/refusals.hpp"
#include <roam/error.hpp>

#include <algorithm>

namespace roam::odbc {
namespace {

constexpr std::string_view hidden = "***";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool same_word(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ')
        text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ')
        text.remove_suffix(1);
    return text;
}

// Pwd, Password, SSLKeyPassphrase ...
bool is_secret(std::string_view keyword) {
    std::string word{keyword};
    std::transform(word.begin(), word.end(), word.begin(), lower);
    return word.find("pwd") != std::string::npos || word.find("pass") != std::string::npos;
}

// "{...}", where a '}' inside is doubled.
std::string take_braced(std::string_view& text) {
    std::string value;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] != '}') {
            value.push_back(text[i]);
        } else if (i + 1 < text.size() && text[i + 1] == '}') {
            value.push_back('}');
            ++i;
        } else {
            text.remove_prefix(i + 1);
            return value;
        }
    }
    throw usage_error("the ODBC connection string leaves a '{' open");
}

std::string written(std::string_view value) {
    bool const plain =
        value.find_first_of("[]{}(),;?*=!@") == std::string_view::npos && trimmed(value) == value;
    if (plain)
        return std::string{value};
    std::string text = "{";
    for (char c : value)
        text.append(c == '}' ? 2 : 1, c);
    return text + "}";
}

}  // namespace

attribute_list attribute_list::parse(std::string_view text) {
    attribute_list list;
    while (!text.empty()) {
        if (text.front() == ';' || text.front() == ' ') {
            text.remove_prefix(1);
            continue;
        }
        auto const equals = text.find('=');
        if (equals == std::string_view::npos || text.find(';') < equals) {
            throw usage_error(
                "an ODBC connection string is written Driver=...;Server=...;Database=..., and "
                "part " +
                std::to_string(list.attributes_.size() + 1) + " of this one has no '='");
        }
        std::string keyword{trimmed(text.substr(0, equals))};
        text.remove_prefix(equals + 1);
        std::string value;
        if (text.starts_with('{')) {
            value = take_braced(text);
        } else {
            auto const end = std::min(text.find(';'), text.size());
            value = trimmed(text.substr(0, end));
            text.remove_prefix(end);
        }
        list.attributes_.emplace_back(std::move(keyword), std::move(value));
    }
    return list;
}

std::string const* attribute_list::find(std::string_view keyword) const {
    for (auto const& [name, value] : attributes_) {
        if (same_word(name, keyword))
            return &value;
    }
    return nullptr;
}

void attribute_list::set(std::string_view keyword, std::string value) {
    for (auto& [name, old] : attributes_) {
        if (same_word(name, keyword)) {
            old = std::move(value);
            return;
        }
    }
    attributes_.emplace_back(keyword, std::move(value));
}

void attribute_list::set_default(std::string_view keyword, std::string_view value) {
    if (find(keyword) == nullptr)
        attributes_.emplace_back(keyword, value);
}

std::string attribute_list::text() const {
    std::string text;
    for (auto const& [name, value] : attributes_)
        text.append(name).append("=").append(written(value)).append(";");
    return text;
}

std::string attribute_list::text_without_passwords() const {
    std::string text;
    for (auto const& [name, value] : attributes_) {
        text.append(text.empty() ? "" : ";").append(name).append("=");
        text.append(is_secret(name) ? hidden : written(value));
    }
    return text;
}

std::string attribute_list::cleaned(std::string_view message) const {
    std::string text{message};
    for (auto const& [name, value] : attributes_) {
        if (is_secret(name))
            text = backend::without_secret(text, value);
    }
    return text;
}

}  // namespace roam::odbc
