#include "procfs/oom_tasks.h"

#include "procfs/columns.h"

namespace mmscope {
namespace {

constexpr std::string_view kNineColumns =
    "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name";
constexpr std::string_view kTwelveColumns =
    "[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj name";

u64 column(LineReader& reader) {
    reader.skip_blanks();
    return reader.number();
}

void print_column(std::string* out, u64 value, u32 width) {
    *out += ' ';
    append_number(out, value, width);
}

void print_task(std::string* out, const OomTask& task, bool has_rss_parts) {
    *out += '[';
    append_number(out, task.pid, 7);
    *out += ']';
    print_column(out, task.uid, 5);
    print_column(out, task.tgid, 5);
    print_column(out, task.total_vm, 8);
    print_column(out, task.rss, 8);
    if (has_rss_parts) {
        print_column(out, task.rss_anon, 8);
        print_column(out, task.rss_file, 8);
        print_column(out, task.rss_shmem, 9);
    }
    print_column(out, task.pgtables_bytes, 8);
    print_column(out, task.swapents, 8);
    append_right(out, std::to_string(task.oom_score_adj), 14);
    *out += " " + task.name + "\n";
}

}  // namespace

Result<OomTasks> parse_oom_tasks_header(const LogLines& lines) {
    OomTasks table;
    table.has_rss_parts = lines.text() == kTwelveColumns;
    if (table.has_rss_parts || lines.text() == kNineColumns) return table;
    return lines.error(lines.text(), Message("proc.report_cut_off").text("missing", "[  pid  ]"));
}

bool is_oom_task(std::string_view line) {
    return line.starts_with('[') && line.find_first_not_of(" 0123456789", 1) == line.find(']');
}

Result<OomTask> parse_oom_task(const LogLines& lines, const OomTasks& table) {
    LineReader reader(lines);
    OomTask task;
    reader.expect("[");
    task.pid = static_cast<u32>(column(reader));
    reader.expect("]");
    task.uid = static_cast<u32>(column(reader));
    task.tgid = static_cast<u32>(column(reader));
    task.total_vm = column(reader);
    task.rss = column(reader);
    if (table.has_rss_parts) {
        task.rss_anon = column(reader);
        task.rss_file = column(reader);
        task.rss_shmem = column(reader);
    }
    task.pgtables_bytes = column(reader);
    task.swapents = column(reader);
    reader.skip_blanks();
    task.oom_score_adj = static_cast<i32>(reader.signed_number());
    reader.expect(" ");
    if (reader.fault()) return *reader.fault();
    task.name = reader.rest();
    return task;
}

void print_oom_tasks(const OomTasks& tasks, std::string* out) {
    *out += kOomTasksLine;
    *out += '\n';
    *out += tasks.has_rss_parts ? kTwelveColumns : kNineColumns;
    *out += '\n';
    for (const OomTask& task : tasks.tasks) print_task(out, task, tasks.has_rss_parts);
}

std::optional<i64> oom_badness(const OomTask& task, u64 total_pages) {
    constexpr i32 kNever = -1000;
    if (task.oom_score_adj == kNever) return std::nullopt;
    // Unsigned, so that the numbers of a damaged report wrap around.
    const u64 pages = task.rss + task.swapents + task.pgtables_bytes / kPageSize;
    return static_cast<i64>(pages + static_cast<u64>(task.oom_score_adj) * (total_pages / 1000));
}

}  // namespace mmscope
