#include "procfs/mem_info.h"

#include "procfs/columns.h"
#include "procfs/report_caller.h"

namespace mmscope {
namespace {

using Counters = MemInfo::Counters;
using Fault = std::optional<Diagnostic>;

constexpr std::string_view kAllUnreclaimable = "all_unreclaimable? ";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Two reserves are in capital KB, and 2.6 counts the pages it scanned.
std::string_view unit_of(std::string_view name) {
    if (name == "pages_scanned") return "";
    return name.ends_with("highatomic") ? "KB" : "kB";
}

bool is_thp(std::string_view name) { return name == "shmem_thp" || name == "shmem_pmdmapped" || name == "anon_thp"; }

// The next part of a report, or the next report: what is not read by then is missing.
bool is_beyond(std::string_view text) {
    return text == kMemInfoLine || text.starts_with("Tasks state ") || is_report_head(text);
}

class Parser {
public:
    Parser(LogLines& lines, std::vector<u32>* skipped) : lines_(lines), skipped_(skipped) {}
    Result<MemInfo> parse();

private:
    Fault line(bool* is_over);
    Fault zone_line();
    bool totals();
    Fault counters(LineReader& reader, Counters* into, bool* blank_before_thp);
    Fault node(u32 number, LineReader& reader);
    Fault zone(MemInfo::ZoneName of, LineReader& reader);
    Fault reserve();
    Fault cpu_list();
    Fault free_lists(MemInfo::ZoneName of, LineReader& reader);
    Fault huge_pages(u32 number, LineReader& reader);
    Fault tail(bool* is_over);
    void pass_over() {
        if (skipped_ != nullptr) skipped_->push_back(lines_.line());
    }
    Diagnostic cut_off(std::string_view missing) const {
        return lines_.error(Message("proc.report_cut_off").text("missing", missing));
    }

    LogLines& lines_;
    std::vector<u32>* skipped_;
    MemInfo info_;
    RamAndSwapReader machine_;
};

Fault Parser::counters(LineReader& reader, Counters* into, bool* blank_before_thp) {
    while (reader.is_good() && !reader.is_at_end() && !reader.ahead().starts_with(kAllUnreclaimable)) {
        const std::string_view name = reader.until(":");
        const bool has_blank = is_thp(name) && reader.accept(" ");
        if (blank_before_thp != nullptr) *blank_before_thp |= has_blank;
        const u64 value = reader.number();
        reader.expect(unit_of(name));
        if (!reader.is_at_end()) reader.expect(" ");
        if (reader.is_good()) into->push_back({std::string(name), value});
    }
    return reader.fault();
}

// "active_anon:481 inactive_anon:62421": plain numbers. False if this line is none of theirs.
bool Parser::totals() {
    LineReader reader(lines_);
    reader.skip_blanks();
    Counters counters;
    while (reader.is_good() && !reader.is_at_end()) {
        const std::string_view name = reader.until(":");
        if (!reader.is_good() || name.find(' ') != std::string_view::npos) return false;
        const u64 value = reader.number();
        counters.push_back({std::string(name), value});
        if (!reader.is_at_end()) reader.expect(" ");
    }
    if (!reader.is_good()) return false;
    info_.totals.push_back(std::move(counters));
    return true;
}

bool read_yes_or_no(LineReader& reader) {
    const bool is_yes = reader.accept("yes");
    if (!is_yes) reader.expect("no");
    return is_yes;
}

Fault Parser::node(u32 number, LineReader& reader) {
    MemInfo::Node node;
    node.node = number;
    if (Fault fault = counters(reader, &node.counters, &node.blank_before_thp)) return fault;
    reader.expect(kAllUnreclaimable);
    node.all_unreclaimable = read_yes_or_no(reader);
    if (!reader.is_at_end()) reader.expect(" ");
    if (Fault fault = counters(reader, &node.behind, nullptr)) return fault;
    reader.expect_end();
    info_.nodes.push_back(std::move(node));
    return reader.fault();
}

Fault Parser::zone(MemInfo::ZoneName of, LineReader& reader) {
    if (!info_.zones.empty() && info_.zones.back().lowmem_reserve.empty()) return cut_off("lowmem_reserve[]:");
    MemInfo::Zone zone;
    zone.of = std::move(of);
    if (Fault fault = counters(reader, &zone.counters, nullptr)) return fault;
    if (reader.accept(kAllUnreclaimable)) zone.all_unreclaimable = read_yes_or_no(reader);
    reader.expect_end();
    info_.zones.push_back(std::move(zone));
    return reader.fault();
}

Fault Parser::reserve() {
    LineReader reader(lines_);
    reader.expect("lowmem_reserve[]:");
    if (info_.zones.empty() || !info_.zones.back().lowmem_reserve.empty()) return cut_off("free:");
    while (reader.is_good() && !reader.is_at_end()) {
        reader.expect(" ");
        info_.zones.back().lowmem_reserve.push_back(reader.number());
    }
    return info_.zones.back().lowmem_reserve.empty() ? cut_off("lowmem_reserve[]:") : reader.fault();
}

Fault Parser::cpu_list() {
    LineReader reader(lines_);
    MemInfo::CpuList list;
    const auto number_after = [&reader](std::string_view literal) {
        reader.expect(literal);
        reader.skip_blanks();
        return reader.number();
    };
    list.cpu = static_cast<u32>(number_after("CPU "));
    list.high = number_after(": hi:");
    list.batch = number_after(", btch:");
    list.used = number_after(" usd:");
    reader.expect_end();
    info_.cpu_lists.back().cpus.push_back(list);
    return reader.fault();
}

Fault Parser::free_lists(MemInfo::ZoneName of, LineReader& reader) {
    MemInfo::FreeLists lists;
    lists.of = std::move(of);
    for (u32 order = 0; order < kNrPageOrders; ++order) {
        MemInfo::Blocks& blocks = lists.orders[order];
        blocks.count = reader.number();
        reader.expect("*" + std::to_string((kPageSize >> 10) << order) + "kB ");
        if (reader.accept("(")) blocks.types = reader.until(") ");
    }
    reader.expect("= ");
    lists.total = reader.number();
    reader.expect("kB");
    reader.expect_end();
    info_.free_lists.push_back(std::move(lists));
    return reader.fault();
}

Fault Parser::huge_pages(u32 number, LineReader& reader) {
    MemInfo::HugePages pages;
    pages.node = number;
    reader.expect("hugepages_total=");
    pages.total = reader.number();
    reader.expect(" hugepages_free=");
    pages.free = reader.number();
    reader.expect(" hugepages_surp=");
    pages.surplus = reader.number();
    reader.expect(" hugepages_size=");
    pages.size = reader.number();
    reader.expect("kB");
    reader.expect_end();
    info_.huge_pages.push_back(pages);
    return reader.fault();
}

// Everything that begins with a node or a zone: "Node 0 active_anon:", "Node 0 DMA free:", "DMA: 1*4kB".
Fault Parser::zone_line() {
    LineReader reader(lines_);
    MemInfo::ZoneName of;
    if (reader.accept("Node ")) {
        of.node = static_cast<u32>(reader.number());
        reader.expect(" ");
        if (!reader.is_good()) return reader.fault();
        if (reader.ahead().starts_with("active_anon:")) return node(*of.node, reader);
        if (reader.ahead().starts_with("hugepages_total=")) return huge_pages(*of.node, reader);
    }
    const std::string_view ahead = reader.ahead();
    const std::size_t length = ahead.find_first_of(": ");
    if (length == std::string_view::npos || length == 0 || ahead[0] < 'A' || ahead[0] > 'Z')
        return pass_over(), std::nullopt;
    of.zone = ahead.substr(0, length);
    const std::string_view behind = ahead.substr(length);
    reader.expect(of.zone);
    if (behind.starts_with(" free:")) return reader.expect(" "), zone(std::move(of), reader);
    if (behind == " per-cpu:") return info_.cpu_lists.push_back({std::move(of), {}}), std::nullopt;
    if (behind.size() > 2 && behind.starts_with(": ") && is_digit(behind[2])) {
        return reader.expect(": "), free_lists(std::move(of), reader);
    }
    return pass_over(), std::nullopt;
}

// The machine's totals behind the zones. When they are complete, the first line that is none of them ends the block.
Fault Parser::tail(bool* is_over) {
    Fault fault;
    if (machine_.read(lines_, &fault)) return fault;
    if (!machine_.missing().empty()) return zone_line();
    lines_.step_back();
    *is_over = true;
    return std::nullopt;
}

Fault Parser::line(bool* is_over) {
    const std::string_view text = lines_.text();
    if (is_beyond(text)) {
        lines_.step_back();
        *is_over = true;
        return std::nullopt;
    }
    if (text.starts_with("lowmem_reserve[]:")) return reserve();
    if (text.starts_with("CPU ") && !info_.cpu_lists.empty() && info_.totals.empty()) return cpu_list();
    const bool may_be_totals =
        info_.nodes.empty() && info_.zones.empty() && (!info_.totals.empty() || text.starts_with("active_anon:"));
    if (may_be_totals && totals()) return std::nullopt;
    return tail(is_over);
}

Result<MemInfo> Parser::parse() {
    for (bool is_over = false; !is_over && lines_.next();)
        if (Fault fault = line(&is_over)) return *std::move(fault);
    if (info_.totals.empty()) return cut_off("active_anon:");
    if (info_.zones.empty()) return cut_off("free:");
    if (info_.zones.back().lowmem_reserve.empty()) return cut_off("lowmem_reserve[]:");
    if (info_.free_lists.size() != info_.zones.size()) return cut_off("*4kB");
    if (!machine_.missing().empty()) return cut_off(machine_.missing());
    info_.machine = machine_.numbers();
    return std::move(info_);
}

// ---- printing ----

void print_counters(std::string* out, const Counters& counters, bool blank_before_thp) {
    for (const MemInfo::Counter& counter : counters) {
        *out += counter.name;
        *out += blank_before_thp && is_thp(counter.name) ? ": " : ":";
        append_number(out, counter.value);
        *out += unit_of(counter.name);
        if (&counter != &counters.back()) *out += ' ';
    }
}

void print_name(std::string* out, const MemInfo::ZoneName& name) {
    if (name.node) {
        *out += "Node ";
        append_number(out, *name.node);
        *out += ' ';
    }
    *out += name.zone;
}

void print_unreclaimable(std::string* out, bool all) {
    *out += ' ';
    *out += kAllUnreclaimable;
    *out += all ? "yes" : "no";
}

void print_cpu_lists(std::string* out, const MemInfo::CpuLists& lists) {
    print_name(out, lists.of);
    *out += " per-cpu:\n";
    for (const MemInfo::CpuList& list : lists.cpus) {
        *out += "CPU ";
        append_number(out, list.cpu, 4);
        *out += ": hi:";
        append_number(out, list.high, 5);
        *out += ", btch:";
        append_number(out, list.batch, 4);
        *out += " usd:";
        append_number(out, list.used, 4);
        *out += '\n';
    }
}

void print_totals(std::string* out, const std::vector<Counters>& lines) {
    for (const Counters& line : lines) {
        if (&line != &lines.front()) *out += ' ';
        for (const MemInfo::Counter& counter : line) {
            *out += counter.name + ":";
            append_number(out, counter.value);
            *out += &counter == &line.back() ? '\n' : ' ';
        }
    }
}

void print_node(std::string* out, const MemInfo::Node& node) {
    *out += "Node ";
    append_number(out, node.node);
    *out += ' ';
    print_counters(out, node.counters, node.blank_before_thp);
    print_unreclaimable(out, node.all_unreclaimable);
    if (!node.behind.empty()) *out += ' ';
    print_counters(out, node.behind, false);
    *out += '\n';
}

void print_zone(std::string* out, const MemInfo::Zone& zone) {
    print_name(out, zone.of);
    *out += ' ';
    print_counters(out, zone.counters, false);
    if (zone.all_unreclaimable) print_unreclaimable(out, *zone.all_unreclaimable);
    *out += "\nlowmem_reserve[]:";
    for (const u64 pages : zone.lowmem_reserve) {
        *out += ' ';
        append_number(out, pages);
    }
    *out += '\n';
}

void print_free_lists(std::string* out, const MemInfo::FreeLists& lists) {
    print_name(out, lists.of);
    *out += ": ";
    for (u32 order = 0; order < kNrPageOrders; ++order) {
        append_number(out, lists.orders[order].count);
        *out += '*';
        append_number(out, u64{kPageSize >> 10} << order);
        *out += "kB ";
        if (!lists.orders[order].types.empty()) *out += "(" + lists.orders[order].types + ") ";
    }
    *out += "= ";
    append_number(out, lists.total);
    *out += "kB\n";
}

void print_huge_pages(std::string* out, const MemInfo::HugePages& pages) {
    const std::pair<std::string_view, u64> parts[] = {{"Node ", pages.node},
                                                      {" hugepages_total=", pages.total},
                                                      {" hugepages_free=", pages.free},
                                                      {" hugepages_surp=", pages.surplus},
                                                      {" hugepages_size=", pages.size}};
    for (const auto& [name, value] : parts) {
        *out += name;
        append_number(out, value);
    }
    *out += "kB\n";
}

}  // namespace

const u64* find_counter(const Counters& counters, std::string_view name) {
    for (const MemInfo::Counter& counter : counters)
        if (counter.name == name) return &counter.value;
    return nullptr;
}

u64 counter_or_zero(const Counters& counters, std::string_view name) {
    const u64* value = find_counter(counters, name);
    return value != nullptr ? *value : 0;
}

Result<MemInfo> parse_mem_info(LogLines& lines, std::vector<u32>* skipped) { return Parser(lines, skipped).parse(); }

void print_mem_info(const MemInfo& info, std::string* out) {
    *out += kMemInfoLine;
    *out += '\n';
    for (const MemInfo::CpuLists& lists : info.cpu_lists) print_cpu_lists(out, lists);
    print_totals(out, info.totals);
    for (const MemInfo::Node& node : info.nodes) print_node(out, node);
    for (const MemInfo::Zone& zone : info.zones) print_zone(out, zone);
    for (const MemInfo::FreeLists& lists : info.free_lists) print_free_lists(out, lists);
    for (const MemInfo::HugePages& pages : info.huge_pages) print_huge_pages(out, pages);
    print_ram_and_swap(info.machine, out);
}

}  // namespace mmscope
