#include "play/report_explanation.h"

#include <algorithm>

#include "mm/node.h"
#include "play/narration.h"
#include "procfs/alloc_failure_report.h"
#include "procfs/oom_report.h"

namespace mmscope {
namespace {

constexpr u64 kPageKilobytes = kPageSize >> 10;
constexpr u64 kPagesPerMebibyte = (u64{1} << 20) / kPageSize;
constexpr u64 kWorthTelling = 10;  // percent of the machine's memory

i64 mebibytes(u64 pages) { return static_cast<i64>(pages / kPagesPerMebibyte); }

// The rules of the kernel that wrote the report; those of a neighbour where it has none of its own.
struct Rules {
    const Profile* profile = &profile_6_12();
    bool is_exact = false;
};

Rules rules_for(const std::optional<ReportCaller>& caller) {
    if (!caller) return {};
    const std::string_view version = caller->version();
    const ProfileChoice choice = profile_for(version);
    if (choice.profile != nullptr) return {choice.profile, choice.is_exact};
    const bool is_modern = !version.starts_with("2.") && !version.starts_with("3.");
    return {is_modern ? &profile_6_1() : &profile_2_6(), false};
}

// A request as the report has it.
struct Request {
    Gfp mask;
    std::string gfp;  // as printed
    Order order;
};

Gfp mask_of(const ReportedGfp& gfp, const Profile& profile) {
    const GfpReading named = gfp_from_text(gfp.names, profile);
    return !gfp.names.empty() && named.is_whole() ? named.mask
                                                  : gfp_from_value(static_cast<u32>(gfp.value), profile).mask;
}

// x86_64 has a zone DMA32 and five reserves, x86_32 four at most.
Arch arch_of(const MemInfo& info) {
    for (const MemInfo::Zone& zone : info.zones)
        if (zone.of.zone == "DMA32" || zone.lowmem_reserve.size() > zone_types(Arch::x86_32).size())
            return Arch::x86_64;
    return Arch::x86_32;
}

std::optional<u32> index_of(const std::vector<ZoneType>& types, std::string_view name) {
    for (u32 index = 0; index < types.size(); ++index)
        if (name == kZoneNames[static_cast<u32>(types[index])]) return index;
    return std::nullopt;
}

// The tests of the zones, and what they have in common.
class Judge {
public:
    Judge(const MemInfo& info, const Profile& profile, const Request& request)
        : info_(info), profile_(profile), request_(request), types_(zone_types(arch_of(info))) {
        flags_ = slow_flags(request.mask, request.order, profile);
        const ZoneType highest = gfp_zone(request.mask, arch_of(info));
        highest_index_ = index_of(types_, kZoneNames[static_cast<u32>(highest)]).value_or(0);
    }

    void judge(std::vector<Message>* out);

private:
    WatermarkTest test_of(const MemInfo::Zone& zone, const MemInfo::FreeLists* lists) const;
    const MemInfo::FreeLists* lists_of(const MemInfo::Zone& zone) const;
    bool may_take(const MemInfo::Blocks& blocks) const;
    std::string label(const MemInfo::Zone& zone) const;
    void judge_zone(const MemInfo::Zone& zone, std::vector<Message>* out);

    const MemInfo& info_;
    const Profile& profile_;
    const Request& request_;
    const std::vector<ZoneType>& types_;
    AllocFlags flags_;
    u32 highest_index_ = 0;
    u32 zones_without_block_ = 0;
    u32 zones_that_could_give_ = 0;
    u64 free_without_block_ = 0;  // pages of the zones that have enough
};

const MemInfo::FreeLists* Judge::lists_of(const MemInfo::Zone& zone) const {
    for (const MemInfo::FreeLists& lists : info_.free_lists)
        if (lists.of == zone.of) return &lists;
    return nullptr;
}

// U, M and E serve anyone, H who has a right to it; 2.6 prints no letters.
bool Judge::may_take(const MemInfo::Blocks& blocks) const {
    if (blocks.count == 0) return false;
    const std::string_view letters = flags_.highatomic ? "UMEH" : "UME";
    return blocks.types.empty() || blocks.types.find_first_of(letters) != std::string::npos;
}

WatermarkTest Judge::test_of(const MemInfo::Zone& zone, const MemInfo::FreeLists* lists) const {
    const auto pages = [&zone](std::string_view name) {
        return static_cast<u32>(counter_or_zero(zone.counters, name) / kPageKilobytes);
    };
    u32 kept = 0;
    if (!flags_.has_reserve_right()) {
        kept = pages(profile_.highatomic_free_counts ? "free_highatomic" : "reserved_highatomic");
        const bool is_unknown =
            profile_.highatomic_free_counts && find_counter(zone.counters, "free_highatomic") == nullptr;
        for (u32 order = 0; is_unknown && lists != nullptr && order < kNrPageOrders; ++order)
            if (lists->orders[order].types == "H") kept += static_cast<u32>(lists->orders[order].count << order);
    }
    const std::vector<u64>& reserves = zone.lowmem_reserve;
    const u32 reserve = highest_index_ < reserves.size() ? static_cast<u32>(reserves[highest_index_]) : 0;
    WatermarkTest test =
        weigh_watermark(profile_, pages("free"), request_.order, kept, pages("min"), flags_, reserve);
    test.has_block = request_.order.value == 0;
    for (u32 order = request_.order.value; lists != nullptr && order < kNrPageOrders; ++order)
        test.has_block |= may_take(lists->orders[order]);
    return test;
}

std::string Judge::label(const MemInfo::Zone& zone) const {
    const bool has_nodes = info_.nodes.size() > 1 && zone.of.node;
    return has_nodes ? zone.of.zone + "@" + std::to_string(*zone.of.node) : zone.of.zone;
}

void Judge::judge_zone(const MemInfo::Zone& zone, std::vector<Message>* out) {
    const WatermarkTest test = test_of(zone, lists_of(zone));
    const u32 boost = static_cast<u32>(counter_or_zero(zone.counters, "boost") / kPageKilobytes);
    const char* key = "prospect.below_mark";
    if (test.passes()) {
        key = "report.could_give";
        ++zones_that_could_give_;
    } else if (test.is_enough()) {
        key = "prospect.no_block";
        ++zones_without_block_;
        free_without_block_ += test.nr_free;
    }
    Message message(key);
    message.text("zone", label(zone)).number("order", request_.order.value);
    out->push_back(
        std::move(message.text("test", watermark_arithmetic(test, Watermark::min, std::min(boost, test.mark)))));
}

void Judge::judge(std::vector<Message>* out) {
    for (auto zone = info_.zones.rbegin(); zone != info_.zones.rend(); ++zone) {
        const std::optional<u32> index = index_of(types_, zone->of.zone);
        if (index && *index <= highest_index_) judge_zone(*zone, out);
    }
    if (zones_that_could_give_ != 0) {
        out->push_back(Message("report.could_give_why"));
    } else if (zones_without_block_ != 0) {
        Message message("report.fragmentation");
        message.number("mebibytes", mebibytes(free_without_block_)).number("order", request_.order.value);
        out->push_back(std::move(message.number("frames", request_.order.frames())));
    } else {
        out->push_back(Message("report.shortage"));
    }
}

// What the machine's memory is used for, as far as the report counts it.
u64 counted_pages(const MemInfo& info) {
    u64 pages = 0;
    for (const MemInfo::Counters& line : info.totals) {
        for (const std::string_view name :
             {"active_anon", "inactive_anon", "isolated_anon", "active_file", "inactive_file", "isolated_file",
              "unevictable", "slab_reclaimable", "slab_unreclaimable", "pagetables", "sec_pagetables", "bounce",
              "kernel_misc_reclaimable", "free", "free_pcp"})
            pages += counter_or_zero(line, name);
    }
    for (const MemInfo::Node& node : info.nodes)
        pages += counter_or_zero(node.counters, "kernel_stack") / kPageKilobytes;
    for (const MemInfo::HugePages& huge : info.huge_pages) pages += huge.total * huge.size / kPageKilobytes;
    return pages;
}

void tell_kernel_memory(const MemInfo& info, std::vector<Message>* out) {
    const u64 managed = info.machine.ram_pages - std::min(info.machine.ram_pages, info.machine.reserved_pages);
    const auto is_worth = [managed](u64 pages) { return pages > managed / 100 * kWorthTelling; };
    u64 slab = 0;
    for (const MemInfo::Counters& line : info.totals) slab += counter_or_zero(line, "slab_unreclaimable");
    if (is_worth(slab)) out->push_back(Message("report.slab").number("mebibytes", mebibytes(slab)));
    const u64 uncounted = managed - std::min(managed, counted_pages(info));
    if (!is_worth(uncounted)) return;
    Message message("report.uncounted");
    out->push_back(std::move(message.number("mebibytes", mebibytes(uncounted)).number("all", mebibytes(managed))));
}

void tell_swap(const RamAndSwap& machine, std::vector<Message>* out) {
    const bool is_full = machine.free_swap < machine.total_swap / 100;
    Message message(machine.total_swap == 0 ? "report.no_swap" : is_full ? "report.swap_full" : "report.swap");
    message.number("free", static_cast<i64>(machine.free_swap >> 10))
        .number("total", static_cast<i64>(machine.total_swap >> 10));
    out->push_back(std::move(message));
}

void tell_tasks(const OomReport& report, u64 total_pages, std::vector<Message>* out) {
    const std::vector<OomTask>& tasks = report.tasks.tasks;
    const auto held = [](const OomTask& task) { return task.rss + task.swapents + task.pgtables_bytes / kPageSize; };
    const auto largest = std::max_element(tasks.begin(), tasks.end(),
                                          [&held](const OomTask& a, const OomTask& b) { return held(a) < held(b); });
    if (largest != tasks.end() && held(*largest) >= kPagesPerMebibyte) {
        Message message("report.largest");
        message.text("name", largest->name).number("pid", largest->pid).number("memory", mebibytes(largest->rss));
        out->push_back(std::move(message.number("swapped", mebibytes(largest->swapents))));
    }
    if (!report.panic.empty()) out->push_back(Message("report.panic").text("why", report.panic));
    for (const OomTask& task : tasks) {
        const std::optional<i64> points = oom_badness(task, total_pages);
        if (!report.panic.empty() || task.pid != report.summary.pid || !points) continue;
        Message message("report.killed");
        message.text("name", task.name).number("pid", task.pid).number("points", *points);
        out->push_back(std::move(message.number("adjustment", task.oom_score_adj)));
    }
    if (report.group.empty()) return;
    out->push_back(Message("report.killed_group")
                       .text("path", report.group)
                       .number("tasks", static_cast<i64>(report.victims.size()) - 1));
}

struct Teller {
    std::vector<Message> out;

    void judge(const MemInfo& info, const Rules& rules, const Request& request,
               const std::optional<ReportCaller>& caller) {
        if (!rules.is_exact && caller)
            out.push_back(Message("report.rules").text("kernel", caller->version()).text("rules", rules.profile->name));
        if (gfp_fault(request.mask) == GfpFault::none) Judge(info, *rules.profile, request).judge(&out);
    }
    void headline(std::string_view key, std::string_view comm, const Request& request) {
        Message message(key);
        message.text("comm", comm).text("gfp", request.gfp).number("order", request.order.value);
        out.push_back(std::move(message.number("frames", request.order.frames())));
    }
    void tell(const AllocFailureReport& report);
    void tell(const OomReport& report);
};

Request request_of(const ReportedGfp& gfp, u32 order, const Profile& profile) {
    const Gfp mask = mask_of(gfp, profile);
    return {mask,
            gfp.names.empty() ? gfp_to_text(mask, profile) : gfp.names,
            {static_cast<u8>(std::min(order, kMaxPageOrder))}};
}

void Teller::tell(const AllocFailureReport& report) {
    if (!report.order) {
        out.push_back(Message("report.vmalloc").text("comm", report.comm).text("what", report.vmalloc));
    } else {
        const Rules rules = rules_for(report.caller);
        const Request request = request_of(report.mode, *report.order, *rules.profile);
        headline("report.failure", report.comm, request);
        judge(report.mem_info, rules, request, report.caller);
    }
    tell_kernel_memory(report.mem_info, &out);
    tell_swap(report.mem_info.machine, &out);
}

void Teller::tell(const OomReport& report) {
    const bool is_by_hand = report.order < 0;
    const Rules rules = rules_for(report.caller);
    const Request request =
        request_of(report.gfp_mask, is_by_hand ? 0 : static_cast<u32>(report.order), *rules.profile);
    headline(is_by_hand ? "report.by_hand" : report.memcg ? "report.memcg_oom" : "report.oom", report.comm, request);
    u64 total_pages = 0;
    if (report.memcg) {
        const std::vector<MemcgUsage::Limit>& limits = report.memcg->limits;
        total_pages = limits.empty() ? 0 : limits[0].limit / kPageKilobytes;
        Message message("report.memcg");
        message.text("path", report.memcg->path)
            .number("usage", limits.empty() ? 0 : static_cast<i64>(limits[0].usage));
        out.push_back(std::move(message.number("limit", limits.empty() ? 0 : static_cast<i64>(limits[0].limit))));
    } else if (report.mem_info) {
        const RamAndSwap& machine = report.mem_info->machine;
        total_pages = machine.ram_pages - std::min(machine.ram_pages, machine.reserved_pages) +
                      machine.total_swap / kPageKilobytes;
        if (!is_by_hand) judge(*report.mem_info, rules, request, report.caller);
    }
    tell_tasks(report, total_pages, &out);
    if (!report.mem_info) return;
    tell_kernel_memory(*report.mem_info, &out);
    tell_swap(report.mem_info->machine, &out);
}

template <class Report>
void explain(const Result<Report>& report, u32 line, ExplainedReports* all) {
    if (!report) {
        if (!all->problem) all->problem = report.error();
        return;
    }
    Teller teller;
    teller.tell(*report);
    all->reports.push_back({line, std::move(teller.out)});
}

}  // namespace

bool has_report(std::string_view text) {
    for (LogLines lines(text); lines.next();)
        if (is_report_head(lines.text())) return true;
    return false;
}

ExplainedReports explain_reports(std::string_view text) {
    ExplainedReports all;
    for (LogLines lines(text); all.reports.size() < kMostExplained && lines.next();) {
        const u32 line = lines.line();
        if (is_oom_head(lines.text()))
            explain(parse_oom_report(lines), line, &all);
        else if (is_alloc_failure_head(lines.text()))
            explain(parse_alloc_failure_report(lines), line, &all);
    }
    if (all.reports.empty() && !all.problem) all.problem = Diagnostic{0, 0, 0, Message("report.none")};
    return all;
}

}  // namespace mmscope
