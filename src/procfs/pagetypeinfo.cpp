#include "procfs/pagetypeinfo.h"

#include <algorithm>
#include <optional>

#include "procfs/columns.h"
#include "procfs/scan.h"

namespace mmscope {
namespace {

using Section = PageTypeInfo::Section;

class Parser {
public:
    Parser(std::string_view text, u32 first_line, std::vector<u32>* skipped)
        : scanner_(text, first_line), first_line_(first_line), skipped_(skipped) {}

    Result<PageTypeInfo> parse();

private:
    using Fault = std::optional<Diagnostic>;

    Fault line();
    Fault begin_section();
    Fault finish_section();
    Fault free_row(const ZoneHeading& heading);
    Fault blocks_row(const ZoneHeading& heading);
    Result<PageTypeInfo::Count> count_of(const Word& word) const;
    Fault wrong_columns(u64 found, u64 expected) const;
    Fault truncated() const { return scanner_.error(Message("proc.truncated").text("file", "pagetypeinfo")); }
    Section& section() { return info_.sections.back(); }

    LineScanner scanner_;
    u32 first_line_;
    std::vector<u32>* skipped_;
    PageTypeInfo info_;
    std::vector<PageTypeInfo::BlocksRow>* table_ = nullptr;  // blocks or mixed, once its header was seen
};

Result<PageTypeInfo> Parser::parse() {
    while (scanner_.next()) {
        if (Fault fault = line()) return *std::move(fault);
    }
    if (info_.sections.empty()) return Diagnostic{first_line_, 1, 0, Message("proc.no_zone").text("file", "pagetypeinfo")};
    if (Fault fault = finish_section()) return *std::move(fault);
    return std::move(info_);
}

Parser::Fault Parser::wrong_columns(u64 found, u64 expected) const {
    return scanner_.error(Message("proc.columns").text("file", "pagetypeinfo").number("found", static_cast<i64>(found))
                              .number("expected", static_cast<i64>(expected)));
}

Result<PageTypeInfo::Count> Parser::count_of(const Word& word) const {
    const bool is_capped = word.text.starts_with('>');
    const Result<u64> blocks = number_of(scanner_, {word.text.substr(is_capped ? 1 : 0), word.column});
    if (!blocks) return blocks.error();
    return PageTypeInfo::Count{*blocks, is_capped};
}

Parser::Fault Parser::begin_section() {
    if (!info_.sections.empty()) {
        if (Fault fault = finish_section()) return fault;
    }
    const std::vector<Word>& words = scanner_.words();
    if (words.size() < 4) return truncated();
    const Result<u64> order = number_of(scanner_, words[3]);
    if (!order) return order.error();
    info_.sections.emplace_back();
    section().pageblock_order = *order;
    section().pages_per_block = u64{1} << std::min<u64>(*order, 32);
    table_ = nullptr;
    return std::nullopt;
}

// A section is whole when every zone of the upper table has its row in the lower one.
Parser::Fault Parser::finish_section() {
    if (section().rows.empty() || section().types.empty()) return truncated();
    for (const PageTypeInfo::Row& row : section().rows) {
        u64 types = 0;
        for (const PageTypeInfo::Row& other : section().rows) types += other.zone == row.zone ? 1 : 0;
        const bool has_blocks = std::any_of(section().blocks.begin(), section().blocks.end(),
                                            [&](const PageTypeInfo::BlocksRow& blocks) { return blocks.zone == row.zone; });
        if (!has_blocks || types != section().types.size()) return truncated();
    }
    return std::nullopt;
}

Parser::Fault Parser::free_row(const ZoneHeading& heading) {
    const std::vector<Word>& words = scanner_.words();
    if (heading.words + 2 > words.size()) return truncated();
    PageTypeInfo::Row row{heading.node, std::string(heading.zone), std::string(words[heading.words + 1].text), {}};
    const u64 columns = words.size() - heading.words - 2;
    if (columns != kNrPageOrders) return wrong_columns(columns, kNrPageOrders);
    for (u32 order = 0; order < kNrPageOrders; ++order) {
        const Result<PageTypeInfo::Count> count = count_of(words[heading.words + 2 + order]);
        if (!count) return count.error();
        row.count[order] = *count;
    }
    for (const Section& one : info_.sections) {
        for (const PageTypeInfo::Row& other : one.rows) {
            if (other.node != row.node || other.zone != row.zone || other.type != row.type) continue;
            return scanner_.error(
                Message("proc.zone_twice").text("file", "pagetypeinfo").number("node", row.node).text("zone", row.zone));
        }
    }
    section().rows.push_back(std::move(row));
    return std::nullopt;
}

Parser::Fault Parser::blocks_row(const ZoneHeading& heading) {
    const std::vector<Word>& words = scanner_.words();
    const u64 columns = words.size() - heading.words;
    if (columns != section().types.size()) return wrong_columns(columns, section().types.size());
    PageTypeInfo::BlocksRow row{heading.node, std::string(heading.zone), {}};
    for (u64 i = heading.words; i < words.size(); ++i) {
        const Result<u64> blocks = number_of(scanner_, words[static_cast<std::size_t>(i)]);
        if (!blocks) return blocks.error();
        row.blocks.push_back(*blocks);
    }
    table_->push_back(std::move(row));
    return std::nullopt;
}

Parser::Fault Parser::line() {
    const std::vector<Word>& words = scanner_.words();
    const std::string_view text = scanner_.text();
    if (text.find("Page block order:") != std::string_view::npos) return begin_section();
    const auto heading = zone_heading(words);
    const bool has_type = heading && heading->words < words.size() && words[heading->words].text == "type";
    if (info_.sections.empty()) {
        if (has_type) return scanner_.error(Message("proc.no_pageblock_order"));
    } else if (has_type) {
        return free_row(*heading);
    } else if (heading && table_ != nullptr) {
        return blocks_row(*heading);
    } else if (words[0].text == "Pages" && words.size() == 4) {
        const Result<u64> pages = number_of(scanner_, words[3]);
        if (!pages) return pages.error();
        section().pages_per_block = *pages;
        return std::nullopt;
    } else if (text.find("Number of blocks type") != std::string_view::npos) {
        for (u32 i = 4; i < words.size(); ++i) section().types.emplace_back(words[i].text);
        table_ = &section().blocks;
        return std::nullopt;
    } else if (text.find("Number of mixed blocks") != std::string_view::npos) {
        table_ = &section().mixed;
        return std::nullopt;
    } else if (text.find("Free pages count per migrate type") != std::string_view::npos) {
        return std::nullopt;
    }
    if (skipped_ != nullptr) skipped_->push_back(scanner_.line());
    return std::nullopt;
}

// ---- printing ----

void print_free_row(std::string* out, const PageTypeInfo::Row& row) {
    *out += "Node ";
    append_number(out, row.node, 4);
    *out += ", zone ";
    append_right(out, row.zone, 8);
    *out += ", type ";
    append_right(out, row.type, 12);
    *out += ' ';
    for (const PageTypeInfo::Count& count : row.count) {
        if (count.is_capped) *out += '>';
        append_number(out, count.blocks, 6);
        *out += ' ';
    }
    *out += '\n';
}

void print_blocks(std::string* out, std::string_view title, const std::vector<std::string>& types,
                  const std::vector<PageTypeInfo::BlocksRow>& rows) {
    *out += '\n';
    append_left(out, title, 23);
    for (const std::string& type : types) {
        append_right(out, type, 12);
        *out += ' ';
    }
    *out += '\n';
    for (const PageTypeInfo::BlocksRow& row : rows) {
        *out += "Node ";
        append_number(out, row.node);
        *out += ", zone ";
        append_right(out, row.zone, 8);
        *out += ' ';
        for (const u64 blocks : row.blocks) {
            append_number(out, blocks, 12);
            *out += ' ';
        }
        *out += '\n';
    }
}

}  // namespace

Result<PageTypeInfo> parse_pagetypeinfo(std::string_view text, u32 first_line, std::vector<u32>* skipped) {
    if (auto binary = binary_byte(text, first_line)) return *std::move(binary);
    return Parser(text, first_line, skipped).parse();
}

std::string print_pagetypeinfo(const PageTypeInfo& info) {
    std::string out;
    for (const Section& section : info.sections) {
        out += "Page block order: ";
        append_number(&out, section.pageblock_order);
        out += "\nPages per block:  ";
        append_number(&out, section.pages_per_block);
        out += "\n\n";
        append_left(&out, "Free pages count per migrate type at order", 44);
        for (u32 order = 0; order < kNrPageOrders; ++order) {
            append_number(&out, order, 6);
            out += ' ';
        }
        out += '\n';
        for (const PageTypeInfo::Row& row : section.rows) print_free_row(&out, row);
        print_blocks(&out, "Number of blocks type", section.types, section.blocks);
        if (!section.mixed.empty()) print_blocks(&out, "Number of mixed blocks", section.types, section.mixed);
    }
    return out;
}

}  // namespace mmscope
