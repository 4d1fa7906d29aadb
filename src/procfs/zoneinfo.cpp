#include "procfs/zoneinfo.h"

#include "procfs/columns.h"
#include "procfs/scan.h"

namespace mmscope {
namespace {

// The fields of a zone whose lines are "name number", and which of them every zone must have.
enum class Need : u8 { always, if_populated, optional };
struct Field {
    std::string_view name;
    Need need;
    u64 ZoneInfo::Entry::* plain;
    std::optional<u64> ZoneInfo::Entry::* maybe;
};
using Entry = ZoneInfo::Entry;
constexpr Field kFields[] = {
    {"free", Need::always, &Entry::free, nullptr},
    {"boost", Need::optional, nullptr, &Entry::boost},
    {"min", Need::always, &Entry::min, nullptr},
    {"low", Need::always, &Entry::low, nullptr},
    {"high", Need::always, &Entry::high, nullptr},
    {"promo", Need::optional, nullptr, &Entry::promo},
    {"spanned", Need::always, &Entry::spanned, nullptr},
    {"present", Need::always, &Entry::present, nullptr},
    {"managed", Need::always, &Entry::managed, nullptr},
    {"cma", Need::optional, nullptr, &Entry::cma},
    {"protection:", Need::always, nullptr, nullptr},
    {"node_unreclaimable:", Need::if_populated, &Entry::node_unreclaimable, nullptr},
    {"start_pfn:", Need::if_populated, &Entry::start_pfn, nullptr},
    {"reserved_highatomic:", Need::optional, nullptr, &Entry::reserved_highatomic},
    {"free_highatomic:", Need::optional, nullptr, &Entry::free_highatomic},
};
constexpr u32 kFieldCount = sizeof kFields / sizeof kFields[0];
constexpr u32 kProtection = 10;
static_assert(kFields[kProtection].name == "protection:");

// "nr_mapped 417", "pgrefill 0"; with an underscore in the name even where the number is missing or wrong.
bool is_counter(const std::vector<Word>& words) {
    if (words.size() > 2) return false;
    const std::string_view name = words[0].text;
    for (const char c : name) {
        if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_') return false;
    }
    return name.find('_') != std::string_view::npos || (words.size() == 2 && is_number(words[1].text));
}

std::string_view without_colon(std::string_view name) {
    return name.substr(0, name.size() - (name.ends_with(':') ? 1 : 0));
}

class Parser {
public:
    Parser(std::string_view text, u32 first_line, std::vector<u32>* skipped)
        : scanner_(text, first_line), first_line_(first_line), skipped_(skipped) {}

    Result<ZoneInfo> parse();

private:
    enum class Part : u8 { before_marks, node_stats, marks, counters, pagesets };
    using Fault = std::optional<Diagnostic>;

    Fault line();
    Fault begin_zone(const ZoneHeading& heading);
    Fault finish_zone();
    Fault finish_node(u32 node);
    Fault field(u32 index, const Word* word);
    Fault protection();
    Fault pageset_line();
    Fault counter(std::vector<ZoneInfo::Counter>* counters);
    void skip() { if (skipped_ != nullptr) skipped_->push_back(scanner_.line()); }
    Entry& zone() { return info_.zones.back(); }
    Message about_zone(std::string_view key) {
        Message message(key);
        message.text("file", "zoneinfo").number("node", zone().node).text("zone", zone().zone);
        return message;
    }

    LineScanner scanner_;
    u32 first_line_;
    std::vector<u32>* skipped_;
    ZoneInfo info_;
    Part part_ = Part::before_marks;
    u32 seen_ = 0;  // bit i: kFields[i] of this zone
};

Result<ZoneInfo> Parser::parse() {
    while (scanner_.next()) {
        if (Fault fault = line()) return *std::move(fault);
    }
    if (info_.zones.empty()) return Diagnostic{first_line_, 1, 0, Message("proc.no_zone").text("file", "zoneinfo")};
    if (Fault fault = finish_zone()) return *std::move(fault);
    if (Fault fault = finish_node(zone().node)) return *std::move(fault);
    return std::move(info_);
}

Parser::Fault Parser::begin_zone(const ZoneHeading& heading) {
    if (!info_.zones.empty()) {
        if (Fault fault = finish_zone()) return fault;
        if (zone().node != heading.node) {
            if (Fault fault = finish_node(zone().node)) return fault;
        }
    }
    for (const Entry& other : info_.zones) {
        if (other.node != heading.node || other.zone != heading.zone) continue;
        return scanner_.error(
            Message("proc.zone_twice").text("file", "zoneinfo").number("node", heading.node).text("zone", heading.zone));
    }
    info_.zones.emplace_back();
    zone().node = heading.node;
    zone().zone = heading.zone;
    part_ = Part::before_marks;
    seen_ = 0;
    return std::nullopt;
}

Parser::Fault Parser::finish_zone() {
    for (u32 i = 0; i < kFieldCount; ++i) {
        const bool needed = kFields[i].need == Need::always || (kFields[i].need == Need::if_populated && zone().is_populated());
        if (!needed || (seen_ & (1U << i)) != 0) continue;
        return scanner_.error(about_zone("proc.zone_incomplete").text("missing", without_colon(kFields[i].name)));
    }
    return std::nullopt;
}

// Every zone of a node has a place in `protection`, so its length tells whether zones are missing.
Parser::Fault Parser::finish_node(u32 node) {
    u64 zones = 0;
    u64 expected = 0;
    for (const Entry& entry : info_.zones) {
        if (entry.node != node) continue;
        ++zones;
        expected = entry.protection.size();
    }
    if (zones == expected) return std::nullopt;
    return scanner_.error(Message("proc.zones_missing").number("node", node).number("found", static_cast<i64>(zones))
                              .number("expected", static_cast<i64>(expected)));
}

Parser::Fault Parser::field(u32 index, const Word* word) {
    if (word == nullptr) {
        return scanner_.error(about_zone("proc.number_missing").text("name", without_colon(kFields[index].name)));
    }
    const Result<u64> value = number_of(scanner_, *word);
    if (!value) return value.error();
    const Field& known = kFields[index];
    if (known.plain != nullptr) zone().*known.plain = *value;
    if (known.maybe != nullptr) zone().*known.maybe = *value;
    seen_ |= 1U << index;
    return std::nullopt;
}

Parser::Fault Parser::protection() {
    const std::vector<Word>& words = scanner_.words();
    if (scanner_.text().find(')') == std::string_view::npos) {
        return scanner_.error(about_zone("proc.zone_incomplete").text("missing", "protection"));
    }
    for (u32 i = 1; i < words.size(); ++i) {
        const Result<u64> value = number_of(scanner_, words[i]);
        if (!value) return value.error();
        zone().protection.push_back(*value);
    }
    seen_ |= 1U << kProtection;
    part_ = Part::counters;
    return std::nullopt;
}

Parser::Fault Parser::pageset_line() {
    const std::vector<Word>& words = scanner_.words();
    const std::string_view name = words[0].text;
    const Word& last = words.back();
    std::vector<ZoneInfo::PageSet>& sets = zone().pagesets;
    const bool is_threshold = name == "vm" && words.size() >= 3 && words[2].text == "threshold:";
    if (!is_threshold && words.size() > 2) {
        skip();
        return std::nullopt;
    }
    if (words.size() < (is_threshold ? 4U : 2U)) {
        return scanner_.error(about_zone("proc.number_missing").text("name", without_colon(last.text)));
    }
    const Result<u64> value = number_of(scanner_, last);
    if (!value) return value.error();
    if (name == "cpu:") {
        sets.emplace_back();
        sets.back().cpu = static_cast<u32>(*value);
        return std::nullopt;
    }
    if (sets.empty()) return scanner_.error(about_zone("proc.zone_incomplete").text("missing", "cpu"));
    if (name == "count:") sets.back().count = *value;
    else if (name == "high:") sets.back().high = *value;
    else if (name == "batch:") sets.back().batch = *value;
    else if (name == "high_min:") sets.back().high_min = *value;
    else if (name == "high_max:") sets.back().high_max = *value;
    else if (is_threshold) sets.back().stat_threshold = *value;
    else skip();
    return std::nullopt;
}

Parser::Fault Parser::counter(std::vector<ZoneInfo::Counter>* counters) {
    const std::vector<Word>& words = scanner_.words();
    if (words.size() == 1) return scanner_.error(about_zone("proc.number_missing").text("name", words[0].text));
    const Result<u64> value = number_of(scanner_, words[1]);
    if (!value) return value.error();
    counters->push_back({std::string(words[0].text), *value});
    return std::nullopt;
}

Parser::Fault Parser::line() {
    const std::vector<Word>& words = scanner_.words();
    if (const auto heading = zone_heading(words); heading && heading->words == words.size()) return begin_zone(*heading);
    // An unpopulated zone has said everything with its protection.
    const bool is_over = !info_.zones.empty() && part_ == Part::counters && !zone().is_populated();
    if (info_.zones.empty() || is_over) {
        skip();
        return std::nullopt;
    }
    if (words[0].text == "per-node") {
        zone().has_node_stats = true;
        part_ = Part::node_stats;
        return std::nullopt;
    }
    if (words[0].text == "pages" && words.size() > 1 && words[1].text == "free") {
        part_ = Part::marks;
        return field(0, words.size() > 2 ? &words[2] : nullptr);
    }
    if (words[0].text == "protection:") return protection();
    if (words[0].text == "pagesets") {
        part_ = Part::pagesets;
        return std::nullopt;
    }
    if (words.size() <= 2) {
        for (u32 i = 1; i < kFieldCount; ++i) {
            if (i == kProtection || words[0].text != kFields[i].name) continue;
            return field(i, words.size() == 2 ? &words[1] : nullptr);
        }
    }
    if (part_ == Part::pagesets) return pageset_line();
    if (is_counter(words)) {
        return counter(part_ == Part::node_stats ? &zone().node_stats : &zone().counters);
    }
    skip();
    return std::nullopt;
}

// ---- printing ----

void print_line(std::string* out, std::string_view name, u32 width, u64 value) {
    append_left(out, name, width);
    append_number(out, value);
    *out += '\n';
}

void print_counters(std::string* out, const std::vector<ZoneInfo::Counter>& counters) {
    for (const ZoneInfo::Counter& counter : counters) {
        *out += "      ";
        append_left(out, counter.name, 12);
        *out += ' ';
        append_number(out, counter.value);
        *out += '\n';
    }
}

void print_marks(std::string* out, const Entry& zone) {
    print_line(out, "  pages free", 17, zone.free);
    for (u32 i = 1; i < kProtection; ++i) {
        const Field& field = kFields[i];
        if (field.maybe != nullptr && !(zone.*field.maybe)) continue;
        *out += "        ";
        print_line(out, field.name, 9, field.plain != nullptr ? zone.*field.plain : *(zone.*field.maybe));
    }
    *out += "        protection: (";
    for (u32 i = 0; i < zone.protection.size(); ++i) {
        if (i != 0) *out += ", ";
        append_number(out, zone.protection[i]);
    }
    *out += ")\n";
}

void print_pageset(std::string* out, const ZoneInfo::PageSet& set) {
    const bool has_range = set.high_min.has_value();
    print_line(out, "    cpu:", 9, set.cpu);
    print_line(out, "              count:", has_range ? 24 : 21, set.count);
    print_line(out, "              high:", has_range ? 24 : 21, set.high);
    print_line(out, "              batch:", has_range ? 24 : 21, set.batch);
    if (set.high_min) print_line(out, "              high_min:", 24, *set.high_min);
    if (set.high_max) print_line(out, "              high_max:", 24, *set.high_max);
    if (set.stat_threshold) print_line(out, "  vm stats threshold:", 22, *set.stat_threshold);
}

}  // namespace

Result<ZoneInfo> parse_zoneinfo(std::string_view text, u32 first_line, std::vector<u32>* skipped) {
    if (auto binary = binary_byte(text, first_line)) return *std::move(binary);
    return Parser(text, first_line, skipped).parse();
}

std::string print_zoneinfo(const ZoneInfo& info) {
    std::string out;
    for (const Entry& zone : info.zones) {
        out += "Node ";
        append_number(&out, zone.node);
        out += ", zone ";
        append_right(&out, zone.zone, 8);
        if (zone.has_node_stats) out += "\n  per-node stats";
        out += '\n';
        print_counters(&out, zone.node_stats);
        print_marks(&out, zone);
        if (!zone.is_populated()) continue;
        print_counters(&out, zone.counters);
        out += "  pagesets\n";
        for (const ZoneInfo::PageSet& set : zone.pagesets) print_pageset(&out, set);
        print_line(&out, "  node_unreclaimable:", 23, zone.node_unreclaimable);
        print_line(&out, "  start_pfn:", 23, zone.start_pfn);
        if (zone.reserved_highatomic) print_line(&out, "  reserved_highatomic:", 23, *zone.reserved_highatomic);
        if (zone.free_highatomic) print_line(&out, "  free_highatomic:", 23, *zone.free_highatomic);
    }
    return out;
}

}  // namespace mmscope
