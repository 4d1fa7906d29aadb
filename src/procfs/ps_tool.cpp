#include "procfs/ps_tool.h"

#include <algorithm>

namespace mmscope {
namespace {

struct Layout {
    std::string_view heading;
    u32 width;
};
constexpr Layout kLayouts[kPsColumns] = {{"PID", 5}, {"PPID", 5}, {"%MEM", 4},   {"VSZ", 6},
                                         {"RSS", 5}, {"OOM", 4},  {"OOMADJ", 5}, {"COMMAND", 15}};

std::string percent_mem(u64 rss, u64 total) {
    const u64 tenths = total == 0 ? 0 : std::min<u64>(rss * 1000 / total, 999);
    return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10);
}

std::string text_of(const PsProcess& process, PsColumn column, u64 mem_total_kib) {
    switch (column) {
        case PsColumn::pid:
            return std::to_string(process.pid);
        case PsColumn::ppid:
            return std::to_string(process.parent);
        case PsColumn::percent_mem:
            return percent_mem(process.rss, mem_total_kib);
        case PsColumn::vsz:
            return std::to_string(process.vsz);
        case PsColumn::rss:
            return std::to_string(process.rss);
        case PsColumn::oom:
            return std::to_string(process.oom_score);
        case PsColumn::oomadj:
            return std::to_string(process.oom_score_adj);
        case PsColumn::comm:
            break;
    }
    return process.name;
}

// One line; `text` gives what stands in a column. Text to the left, numbers to the right.
template <class Text>
void print_line(std::span<const PsColumn> columns, const Text& text, std::string* out) {
    std::size_t surplus = 0;  // by which the line is longer than its columns
    for (const PsColumn& column : columns) {
        const bool is_last = &column == &columns.back();
        const std::string cell = text(column);
        const std::size_t width = kLayouts[static_cast<u32>(column)].width;
        const std::size_t room = width > cell.size() ? width - cell.size() : 0;
        const std::size_t blanks = room - std::min(room, surplus);
        surplus = surplus + cell.size() + blanks - width;
        if (column == PsColumn::comm)
            *out += cell + std::string(is_last ? 0 : blanks, ' ');
        else
            *out += std::string(blanks, ' ') + cell;
        *out += is_last ? '\n' : ' ';
    }
}

}  // namespace

std::string print_ps(std::span<const PsProcess> processes, std::span<const PsColumn> columns, u64 mem_total_kib) {
    std::string out;
    print_line(
        columns, [](PsColumn column) { return std::string(kLayouts[static_cast<u32>(column)].heading); }, &out);
    for (const PsProcess& process : processes)
        print_line(columns, [&](PsColumn column) { return text_of(process, column, mem_total_kib); }, &out);
    return out;
}

}  // namespace mmscope
