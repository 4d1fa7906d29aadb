#include "procfs/memcg_usage.h"

#include "procfs/columns.h"
#include "procfs/report_caller.h"

namespace mmscope {
namespace {

constexpr std::string_view kStatsFor = "Memory cgroup stats for ";

std::optional<Diagnostic> read_limit(const LogLines& lines, MemcgUsage* usage) {
    LineReader reader(lines);
    MemcgUsage::Limit limit;
    limit.of = reader.until(": usage ");
    limit.usage = reader.number();
    reader.expect("kB, limit ");
    limit.limit = reader.number();
    reader.expect("kB, failcnt ");
    limit.failcnt = reader.number();
    reader.expect_end();
    usage->limits.push_back(std::move(limit));
    return reader.fault();
}

// A counter's line is "anon 24952832". What is not one may be another's line, or the end.
bool is_counter(std::string_view line) {
    const std::size_t blank = line.find(' ');
    return blank != std::string_view::npos &&
           line.substr(0, blank).find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

std::optional<Diagnostic> read_counter(const LogLines& lines, MemcgUsage* usage) {
    LineReader reader(lines);
    MemInfo::Counter counter;
    counter.name = reader.until(" ");
    counter.value = reader.number();
    reader.expect_end();
    usage->counters.push_back(std::move(counter));
    return reader.fault();
}

std::optional<Diagnostic> read_line(const LogLines& lines, MemcgUsage* usage, std::vector<u32>* skipped) {
    const std::string_view text = lines.text();
    if (usage->path.empty() && text.find(": usage ") != std::string_view::npos) return read_limit(lines, usage);
    if (text.starts_with(kStatsFor)) {
        usage->path = text.substr(kStatsFor.size());
        if (!usage->path.empty() && usage->path.back() == ':') return usage->path.pop_back(), std::nullopt;
        return lines.error(Message("proc.text_expected").text("expected", ":"));
    }
    if (!usage->path.empty() && is_counter(text)) return read_counter(lines, usage);
    if (skipped != nullptr) skipped->push_back(lines.line());
    return std::nullopt;
}

}  // namespace

Result<MemcgUsage> parse_memcg_usage(LogLines& lines, std::vector<u32>* skipped) {
    MemcgUsage usage;
    do {
        const std::string_view text = lines.text();
        const bool is_over =
            text.starts_with("Tasks state ") || text.starts_with("Memory cgroup min ") || is_report_head(text);
        if (is_over) {
            lines.step_back();
            break;
        }
        if (auto fault = read_line(lines, &usage, skipped)) return *std::move(fault);
    } while (lines.next());
    if (!usage.path.empty() && !usage.counters.empty()) return usage;
    return lines.error(Message("proc.report_cut_off").text("missing", kStatsFor));
}

void print_memcg_usage(const MemcgUsage& usage, std::string* out) {
    for (const MemcgUsage::Limit& limit : usage.limits) {
        *out += limit.of + ": usage ";
        append_number(out, limit.usage);
        *out += "kB, limit ";
        append_number(out, limit.limit);
        *out += "kB, failcnt ";
        append_number(out, limit.failcnt);
        *out += '\n';
    }
    *out += kStatsFor;
    *out += usage.path + ":\n";
    for (const MemInfo::Counter& counter : usage.counters) {
        *out += counter.name + " ";
        append_number(out, counter.value);
        *out += '\n';
    }
}

}  // namespace mmscope
