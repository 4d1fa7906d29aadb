#include "procfs/oom_report.h"

#include "procfs/columns.h"

namespace mmscope {
namespace {

using Fault = std::optional<Diagnostic>;

constexpr std::string_view kSlabLine = "Unreclaimable slab info:";
constexpr std::string_view kSlabColumns = "Name                      Used          Total";
constexpr std::string_view kProtectionSign = "Memory cgroup min protection ";
constexpr std::string_view kSummarySign = "oom-kill:constraint=";
constexpr std::string_view kKilledSign = ": Killed process ";
constexpr std::string_view kNobodyLine = "Out of memory and no killable processes...";
constexpr std::string_view kPanicSign = "Kernel panic - not syncing: ";
constexpr std::string_view kPanicEnd = "---[ end Kernel panic - not syncing: ";
constexpr std::string_view kGroupBefore = "Tasks in ";
constexpr std::string_view kGroupBehind = " are going to be killed due to memory.oom.group set";

class Parser {
public:
    Parser(LogLines& lines, std::vector<u32>* skipped) : lines_(lines), skipped_(skipped) {}
    Result<OomReport> parse();

private:
    // What has been read; lines of the parts before may no longer come.
    enum class Part : u8 { memory, slab, tasks, summary, victims, panic };

    Fault head();
    Fault memory();
    Fault line(bool* is_over);
    Fault slab();
    Fault protection();
    Fault summary();
    Fault victim();
    void read_group();
    Diagnostic cut_off(std::string_view missing) const {
        return lines_.error(Message("proc.report_cut_off").text("missing", missing));
    }

    LogLines& lines_;
    std::vector<u32>* skipped_;
    OomReport report_;
    Part part_ = Part::memory;
};

Fault Parser::head() {
    LineReader reader(lines_);
    report_.comm = reader.until(kOomSign);
    reader.expect("gfp_mask=");
    report_.gfp_mask = read_gfp(reader);
    reader.expect(", order=");
    report_.order = static_cast<i32>(reader.signed_number());
    reader.expect(", oom_score_adj=");
    report_.oom_score_adj = static_cast<i32>(reader.signed_number());
    reader.expect_end();
    return reader.fault();
}

Fault Parser::memory() {
    auto caller = parse_report_caller(lines_, {kMemInfoLine, kMemcgUsageSign});
    if (!caller) return caller.error();
    report_.caller = *std::move(caller);
    lines_.next();
    if (lines_.text().starts_with(kMemcgUsageSign)) {
        Result<MemcgUsage> usage = parse_memcg_usage(lines_, skipped_);
        if (!usage) return usage.error();
        report_.memcg = *std::move(usage);
        return std::nullopt;
    }
    if (lines_.text() != kMemInfoLine) return cut_off(kMemInfoLine);
    Result<MemInfo> info = parse_mem_info(lines_, skipped_);
    if (!info) return info.error();
    report_.mem_info = *std::move(info);
    return std::nullopt;
}

Fault Parser::slab() {
    LineReader reader(lines_);
    OomReport::Slab slab;
    slab.name = reader.until(" ");
    reader.skip_blanks();
    slab.used = reader.number();
    reader.expect("KB");
    reader.skip_blanks();
    slab.total = reader.number();
    reader.expect("KB");
    reader.expect_end();
    report_.unreclaimable_slab.push_back(std::move(slab));
    return reader.fault();
}

Fault Parser::protection() {
    LineReader reader(lines_);
    OomReport::Protection protection;
    reader.expect(kProtectionSign);
    protection.min = reader.number();
    reader.expect("kB -- low protection ");
    protection.low = reader.number();
    reader.expect("kB");
    reader.expect_end();
    report_.protection = protection;
    return reader.fault();
}

// A task's name may have commas, so what follows it is sought from the right.
Fault Parser::summary() {
    LineReader reader(lines_);
    OomReport::Summary& summary = report_.summary;
    reader.expect(kSummarySign);
    summary.constraint = reader.until(",");
    const bool is_global = reader.ahead().find(",global_oom,") != std::string_view::npos;
    summary.allowed = read_allowed_memory(reader, is_global ? ",global_oom,task_memcg=" : ",oom_memcg=");
    if (!is_global) summary.oom_memcg = reader.until(",task_memcg=");
    summary.task_memcg = reader.until(",task=");
    const std::string_view ahead = reader.ahead();
    const std::size_t end = ahead.rfind(",pid=");
    summary.task = ahead.substr(0, end);
    reader.expect(summary.task);
    reader.expect(",pid=");
    summary.pid = static_cast<u32>(reader.number());
    reader.expect(",uid=");
    summary.uid = static_cast<u32>(reader.number());
    reader.expect_end();
    part_ = Part::summary;
    return reader.fault();
}

Fault Parser::victim() {
    LineReader reader(lines_);
    OomReport::Victim victim;
    const auto amount = [&reader](std::string_view name) {
        reader.expect(name);
        const u64 kilobytes = reader.number();
        reader.expect("kB");
        return kilobytes;
    };
    victim.why = reader.until(kKilledSign);
    victim.pid = static_cast<u32>(reader.number());
    reader.expect(" (");
    victim.name = reader.until(") total-vm:");
    victim.total_vm = amount("");
    victim.anon_rss = amount(", anon-rss:");
    victim.file_rss = amount(", file-rss:");
    victim.shmem_rss = amount(", shmem-rss:");
    reader.expect(", UID:");
    victim.uid = static_cast<u32>(reader.number());
    victim.pgtables = amount(" pgtables:");
    reader.expect(" oom_score_adj:");
    victim.oom_score_adj = static_cast<i32>(reader.signed_number());
    reader.expect_end();
    report_.victims.push_back(std::move(victim));
    part_ = Part::victims;
    return reader.fault();
}

void Parser::read_group() {
    LineReader reader(lines_);
    reader.expect(kGroupBefore);
    report_.group = reader.until(kGroupBehind);
}

Fault Parser::line(bool* is_over) {
    const std::string_view text = lines_.text();
    if (part_ == Part::slab && text.ends_with("KB")) return slab();
    if (part_ == Part::tasks && is_oom_task(text)) {
        Result<OomTask> task = parse_oom_task(lines_, report_.tasks);
        if (!task) return task.error();
        report_.tasks.tasks.push_back(*std::move(task));
        return std::nullopt;
    }
    if (text.find(kKilledSign) != std::string_view::npos && part_ >= Part::summary) {
        if (part_ == Part::summary || !report_.group.empty()) return victim();
    }
    if (part_ == Part::victims && text.starts_with(kGroupBefore) && text.ends_with(kGroupBehind)) {
        return read_group(), std::nullopt;
    }
    if (part_ == Part::panic && text.starts_with(kPanicEnd)) return *is_over = true, std::nullopt;
    if (part_ == Part::victims || is_report_head(text)) {
        lines_.step_back();
        *is_over = true;
        return std::nullopt;
    }
    if (part_ == Part::memory && text == kSlabLine) return part_ = Part::slab, std::nullopt;
    if (part_ == Part::slab && text == kSlabColumns) return std::nullopt;
    if (part_ <= Part::slab && text.starts_with(kProtectionSign)) return protection();
    if (part_ <= Part::slab && text.starts_with(kOomTasksLine)) {
        if (!lines_.next()) return cut_off("[  pid  ]");
        Result<OomTasks> table = parse_oom_tasks_header(lines_);
        if (!table) return table.error();
        report_.tasks = *std::move(table);
        return part_ = Part::tasks, std::nullopt;
    }
    if (part_ == Part::tasks && text.starts_with(kSummarySign)) return summary();
    if (part_ == Part::tasks && text == kNobodyLine) return report_.has_nobody_line = true, std::nullopt;
    if (part_ == Part::tasks && text.starts_with(kPanicSign)) {
        report_.panic = text.substr(kPanicSign.size());
        return part_ = Part::panic, std::nullopt;
    }
    if (skipped_ != nullptr) skipped_->push_back(lines_.line());
    return std::nullopt;
}

Result<OomReport> Parser::parse() {
    if (Fault fault = head()) return *std::move(fault);
    if (Fault fault = memory()) return *std::move(fault);
    for (bool is_over = false; !is_over && lines_.next();)
        if (Fault fault = line(&is_over)) return *std::move(fault);
    switch (part_) {
        case Part::memory:
        case Part::slab:
            return cut_off(kOomTasksLine);
        case Part::tasks:
            return cut_off(kSummarySign);
        case Part::summary:
            return cut_off(kKilledSign.substr(2));
        case Part::victims:
        case Part::panic:
            break;
    }
    return std::move(report_);
}

// ---- printing ----

void print_head(const OomReport& report, std::string* out) {
    *out += report.comm;
    *out += kOomSign;
    *out += "gfp_mask=";
    print_gfp(report.gfp_mask, out);
    *out +=
        ", order=" + std::to_string(report.order) + ", oom_score_adj=" + std::to_string(report.oom_score_adj) + "\n";
}

void print_slab(const std::vector<OomReport::Slab>& slabs, std::string* out) {
    if (slabs.empty()) return;
    *out += std::string(kSlabLine) + "\n" + std::string(kSlabColumns) + "\n";
    for (const OomReport::Slab& slab : slabs) {
        append_left(out, slab.name, 17);
        *out += ' ';
        append_number(out, slab.used, 10);
        *out += "KB ";
        append_number(out, slab.total, 10);
        *out += "KB\n";
    }
}

void print_summary(const OomReport::Summary& summary, std::string* out) {
    *out += kSummarySign;
    *out += summary.constraint + ",";
    print_allowed_memory(summary.allowed, out);
    *out += summary.oom_memcg ? ",oom_memcg=" + *summary.oom_memcg : ",global_oom";
    *out += ",task_memcg=" + summary.task_memcg + ",task=" + summary.task + ",pid=" + std::to_string(summary.pid) +
            ",uid=" + std::to_string(summary.uid) + "\n";
}

}  // namespace

std::string print_oom_victim(const OomReport::Victim& victim) {
    std::string out = victim.why;
    out += kKilledSign;
    out += std::to_string(victim.pid) + " (" + victim.name + ")";
    out += " total-vm:" + std::to_string(victim.total_vm) + "kB, anon-rss:" + std::to_string(victim.anon_rss);
    out += "kB, file-rss:" + std::to_string(victim.file_rss) + "kB, shmem-rss:" + std::to_string(victim.shmem_rss);
    out += "kB, UID:" + std::to_string(victim.uid) + " pgtables:" + std::to_string(victim.pgtables);
    return out + "kB oom_score_adj:" + std::to_string(victim.oom_score_adj) + "\n";
}

std::string print_classic_oom_kill(const ClassicOomKill& kill) {
    return "Out of memory: kill process " + std::to_string(kill.chosen_pid) + " (" + kill.chosen + ") score " +
           std::to_string(kill.points) + " or a child\nKilled process " + std::to_string(kill.victim_pid) + " (" +
           kill.victim + ")\n";
}

std::string print_panic(std::string_view why) { return std::string(kPanicSign) + std::string(why) + "\n"; }

bool is_oom_head(std::string_view line) { return line.find(kOomSign) != std::string_view::npos; }

Result<OomReport> parse_oom_report(LogLines& lines, std::vector<u32>* skipped) {
    return Parser(lines, skipped).parse();
}

std::string print_oom_report(const OomReport& report) {
    std::string out;
    print_head(report, &out);
    if (report.caller) print_report_caller(*report.caller, &out);
    if (report.mem_info) print_mem_info(*report.mem_info, &out);
    if (report.memcg) print_memcg_usage(*report.memcg, &out);
    print_slab(report.unreclaimable_slab, &out);
    if (report.protection) {
        out += std::string(kProtectionSign) + std::to_string(report.protection->min) + "kB -- low protection " +
               std::to_string(report.protection->low) + "kB\n";
    }
    print_oom_tasks(report.tasks, &out);
    if (report.has_nobody_line) out += std::string(kNobodyLine) + "\n";
    if (!report.panic.empty()) {
        out += print_panic(report.panic);
        return out + std::string(kPanicEnd) + report.panic + " ]---\n";
    }
    print_summary(report.summary, &out);
    for (const OomReport::Victim& victim : report.victims) {
        out += print_oom_victim(victim);
        const bool is_first = &victim == &report.victims.front();
        if (is_first && !report.group.empty())
            out += std::string(kGroupBefore) + report.group + std::string(kGroupBehind) + "\n";
    }
    return out;
}

}  // namespace mmscope
