#include "intake/slab_table.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace mmscope {

namespace {

struct Column {
    std::string_view name;
    u32 SlabTableRow::*number;
    bool SlabTableRow::*flag;
    bool is_in_all;
};

constexpr Column kColumns[] = {
    {"object_size", &SlabTableRow::object_size, nullptr, true},
    {"slab_size", &SlabTableRow::slab_size, nullptr, true},
    {"align", &SlabTableRow::align, nullptr, true},
    {"order", &SlabTableRow::order, nullptr, true},
    {"objs_per_slab", &SlabTableRow::objects, nullptr, true},
    {"cpu_partial", &SlabTableRow::cpu_partial, nullptr, true},
    {"min_partial", &SlabTableRow::min_partial, nullptr, true},
    {"sheaf_capacity", &SlabTableRow::sheaf_capacity, nullptr, false},
    {"usersize", &SlabTableRow::usersize, nullptr, false},
    {"hwcache_align", nullptr, &SlabTableRow::hwcache_align, false},
    {"reclaim_account", nullptr, &SlabTableRow::reclaim_account, false},
    {"cache_dma", nullptr, &SlabTableRow::cache_dma, false},
    {"destroy_by_rcu", nullptr, &SlabTableRow::destroy_by_rcu, false},
};

std::vector<std::string_view> split(std::string_view line) {
    std::vector<std::string_view> words;
    for (std::size_t start = 0;;) {
        const std::size_t tab = line.find('\t', start);
        words.push_back(line.substr(start, tab == std::string_view::npos ? tab : tab - start));
        if (tab == std::string_view::npos) return words;
        start = tab + 1;
    }
}

std::optional<u32> number_of(std::string_view word) {
    if (word == "-") return 0;
    u32 number = 0;
    const auto read = std::from_chars(word.data(), word.data() + word.size(), number);
    if (read.ec != std::errc() || read.ptr != word.data() + word.size()) return std::nullopt;
    return number;
}

// Walks the rows below the line that names the columns.
class TableReader {
public:
    explicit TableReader(std::string_view text) : rest_(text) {}
    Result<std::vector<SlabTableRow>> read(std::vector<Diagnostic>* bad_rows);

private:
    bool next();
    bool heading();
    bool row();
    bool set(const Column& column, std::string_view word, SlabTableRow* row);
    bool fail(std::string_view word, Message message);

    std::string_view rest_;
    std::string_view line_;
    u32 number_ = 0;
    std::vector<std::string_view> names_;
    std::vector<SlabTableRow> rows_;
    Diagnostic fault_;
};

bool TableReader::next() {
    while (!rest_.empty()) {
        const std::size_t end = std::min(rest_.find('\n'), rest_.size());
        line_ = rest_.substr(0, end);
        rest_.remove_prefix(std::min(end + 1, rest_.size()));
        ++number_;
        if (line_.ends_with('\r')) line_.remove_suffix(1);
        if (!line_.empty()) return true;
    }
    return false;
}

bool TableReader::fail(std::string_view word, Message message) {
    const u32 column = static_cast<u32>(word.data() - line_.data()) + 1;
    fault_ = {number_, column, static_cast<u32>(word.size()), std::move(message)};
    return false;
}

bool TableReader::heading() {
    names_ = split(line_);
    for (const Column& column : kColumns) {
        const bool is_there = std::find(names_.begin(), names_.end(), column.name) != names_.end();
        if (column.is_in_all && !is_there)
            return fail(line_, Message("conform.slab_column").text("column", column.name));
    }
    return names_[0] == "name" || fail(names_[0], Message("conform.slab_column").text("column", "name"));
}

bool TableReader::set(const Column& column, std::string_view word, SlabTableRow* row) {
    const auto number = number_of(word);
    if (!number)
        return fail(word, Message("conform.slab_number").text("found", word.substr(0, 40)).text("column", column.name));
    if (column.number != nullptr)
        row->*column.number = *number;
    else
        row->*column.flag = *number != 0;
    return true;
}

bool TableReader::row() {
    const std::vector<std::string_view> words = split(line_);
    if (words.size() != names_.size()) {
        return fail(line_, Message("conform.slab_row")
                               .number("found", static_cast<i64>(words.size()))
                               .number("columns", static_cast<i64>(names_.size())));
    }
    SlabTableRow one;
    one.line = number_;
    one.name = words[0];
    for (std::size_t at = 1; at < words.size(); ++at) {
        if (names_[at] == "alias_names") one.alias_names = words[at];
        const auto column = std::find_if(std::begin(kColumns), std::end(kColumns),
                                         [&](const Column& candidate) { return candidate.name == names_[at]; });
        if (column != std::end(kColumns) && !set(*column, words[at], &one)) return false;
    }
    rows_.push_back(one);
    return true;
}

Result<std::vector<SlabTableRow>> TableReader::read(std::vector<Diagnostic>* bad_rows) {
    if (!next() || !heading()) return std::move(fault_);
    while (next()) {
        if (row()) continue;
        if (bad_rows == nullptr) return std::move(fault_);
        bad_rows->push_back(std::move(fault_));
    }
    return std::move(rows_);
}

}  // namespace

bool is_slab_table(std::string_view text) { return text.starts_with("name\tobject_size\t"); }

Result<std::vector<SlabTableRow>> parse_slab_table(std::string_view text) {
    return TableReader(text).read(nullptr);
}

Result<std::vector<SlabTableRow>> parse_slab_table(std::string_view text, std::vector<Diagnostic>* bad_rows) {
    return TableReader(text).read(bad_rows);
}

}  // namespace mmscope
