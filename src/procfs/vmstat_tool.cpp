#include "procfs/vmstat_tool.h"

#include <algorithm>

#include "procfs/columns.h"
#include "procfs/free_tool.h"

namespace mmscope {
namespace {

constexpr u64 kTicksPerSecond = 100;
constexpr u64 kKibPerPage = kPageSize >> 10;

u64 since(u64 before, u64 now) { return now - std::min(now, before); }
u64 rounded(u64 dividend, u64 divisor) { return (dividend + divisor / 2) / divisor; }

// procps passes amounts through a float, which keeps 24 bits: from 16 GiB on they are even numbers, and so on.
u64 as_float(u64 kib) {
    u64 unit = 1;
    while (kib / unit >= u64{1} << 24) unit *= 2;
    const u64 rest = kib % unit;
    const u64 whole = kib / unit;
    const bool goes_up = 2 * rest > unit || (2 * rest == unit && whole % 2 == 1);
    return (whole + (goes_up ? 1 : 0)) * unit;
}

CpuActivity difference(const CpuActivity& before, const CpuActivity& now) {
    CpuActivity passed = now;
    for (u64 CpuActivity::*const counter :
         {&CpuActivity::interrupts, &CpuActivity::context_switches, &CpuActivity::user, &CpuActivity::nice,
          &CpuActivity::system, &CpuActivity::idle, &CpuActivity::iowait, &CpuActivity::irq, &CpuActivity::softirq,
          &CpuActivity::steal, &CpuActivity::guest})
        passed.*counter = since(before.*counter, now.*counter);
    return passed;
}

u64 ticks_of(const CpuActivity& passed) {
    return std::max(passed.user + passed.nice, passed.guest) + passed.system + passed.irq + passed.softirq +
           passed.idle + passed.iowait + passed.steal;
}

void set_memory(const MeminfoFile& memory, VmstatRow* row) {
    const MemoryUse use = memory_use(memory);
    row->swapped = as_float(use.swap_used);
    row->free = as_float(use.free);
    row->buffers = as_float(use.buffers);
    row->cache = as_float(use.cache);
    row->inactive = as_float(memory.value("Inactive"));
    row->active = as_float(memory.value("Active"));
}

void set_cpu(const CpuActivity& passed, VmstatRow* row) {
    const u64 ticks = ticks_of(passed);
    const auto percent = [ticks](u64 part) { return rounded(100 * part, std::max<u64>(ticks, 1)); };
    row->running = passed.running;
    row->blocked = passed.blocked;
    row->user = percent(since(passed.guest, passed.user + passed.nice));
    row->system = percent(passed.system + passed.irq + passed.softirq);
    row->idle = ticks == 0 ? 100 : percent(passed.idle);
    row->iowait = percent(passed.iowait);
    row->stolen = percent(passed.steal);
    row->guest = percent(passed.guest);
}

// Everything that is a rate: `times` events over `span`, seconds or ticks.
void set_rates(const VmstatFile& before, const VmstatFile& now, const CpuActivity& passed, u64 times, u64 span,
               VmstatRow* row) {
    const auto rate = [&](std::string_view name, u64 unit) {
        return rounded(since(before.value(name), now.value(name)) * unit * times, span);
    };
    row->swap_in = rate("pswpin", kKibPerPage);
    row->swap_out = rate("pswpout", kKibPerPage);
    row->blocks_in = rate("pgpgin", 1);  // counted in KiB already
    row->blocks_out = rate("pgpgout", 1);
    row->interrupts = rounded(passed.interrupts * times, span);
    row->context_switches = rounded(passed.context_switches * times, span);
}

struct Columns {
    std::string* out;
    void add(u64 value, u32 width) {
        if (!out->empty()) *out += ' ';
        append_number(out, value, width);
    }
};

// The lines of -s: the number in 13 places, then what it is.
struct Sums {
    std::string out;
    void add(u64 value, std::string_view name) {
        append_number(&out, value, 13);
        ((out += ' ') += name) += '\n';
    }
    void add_kib(u64 kib, std::string_view name) { add(as_float(kib), "K " + std::string(name)); }
};

}  // namespace

VmstatRow vmstat_since_boot(const VmstatMoment& now) {
    VmstatRow row;
    set_memory(now.memory, &row);
    set_cpu(now.activity, &row);
    set_rates({}, now.counters, now.activity, kTicksPerSecond, std::max<u64>(ticks_of(now.activity), 1), &row);
    return row;
}

VmstatRow vmstat_between(const VmstatMoment& before, const VmstatMoment& now, u64 seconds) {
    VmstatRow row;
    const CpuActivity passed = difference(before.activity, now.activity);
    set_memory(now.memory, &row);
    set_cpu(passed, &row);
    set_rates(before.counters, now.counters, passed, 1, std::max<u64>(seconds, 1), &row);
    return row;
}

std::string vmstat_heading(const VmstatOptions& options) {
    if (options.is_wide) {
        return std::string(
                   "--procs-- -----------------------memory---------------------- ---swap-- -----io---- "
                   "-system-- ----------cpu----------\n   r    b         swpd         free") +
               (options.shows_active ? "        inact       active" : "         buff        cache") +
               "   si   so    bi    bo   in   cs  us  sy  id  wa  st  gu\n";
    }
    return std::string(
               "procs -----------memory---------- ---swap-- -----io---- -system-- ------cpu-----\n"
               " r  b   swpd   free") +
           (options.shows_active ? "  inact active" : "   buff  cache") +
           "   si   so    bi    bo   in   cs us sy id wa st\n";
}

std::string print_vmstat_row(const VmstatRow& row, const VmstatOptions& options) {
    std::string out;
    Columns columns{&out};
    const u32 process_width = options.is_wide ? 4 : 2;
    for (const u64 count : {row.running, row.blocked}) columns.add(count, process_width);
    for (const u64 kib : {row.swapped, row.free, options.shows_active ? row.inactive : row.buffers,
                          options.shows_active ? row.active : row.cache})
        columns.add(kib, options.is_wide ? 12 : 6);
    for (const u64 kib : {row.swap_in, row.swap_out}) columns.add(kib, 4);
    for (const u64 kib : {row.blocks_in, row.blocks_out}) columns.add(kib, 5);
    for (const u64 count : {row.interrupts, row.context_switches}) columns.add(count, 4);
    for (const u64 percent : {row.user, row.system, row.idle, row.iowait, row.stolen})
        columns.add(percent, options.is_wide ? 3 : 2);
    if (options.is_wide) columns.add(row.guest, 3);
    out += '\n';
    return out;
}

std::string print_vmstat_sums(const VmstatMoment& now) {
    const MemoryUse use = memory_use(now.memory);
    const CpuActivity& activity = now.activity;
    Sums sums;
    sums.add_kib(use.total, "total memory");
    sums.add_kib(use.used, "used memory");
    sums.add_kib(now.memory.value("Active"), "active memory");
    sums.add_kib(now.memory.value("Inactive"), "inactive memory");
    sums.add_kib(use.free, "free memory");
    sums.add_kib(use.buffers, "buffer memory");
    sums.add_kib(use.cache, "swap cache");  // so it is called; it is the page cache
    sums.add_kib(use.swap_total, "total swap");
    sums.add_kib(use.swap_used, "used swap");
    sums.add_kib(use.swap_free, "free swap");
    sums.add(since(activity.guest, activity.user), "non-nice user cpu ticks");
    sums.add(activity.nice, "nice user cpu ticks");
    sums.add(activity.system, "system cpu ticks");
    sums.add(activity.idle, "idle cpu ticks");
    sums.add(activity.iowait, "IO-wait cpu ticks");
    sums.add(activity.irq, "IRQ cpu ticks");
    sums.add(activity.softirq, "softirq cpu ticks");
    sums.add(activity.steal, "stolen cpu ticks");
    sums.add(activity.guest, "non-nice guest cpu ticks");
    sums.add(0, "nice guest cpu ticks");  // not told apart here
    sums.add(now.counters.value("pgpgin"), "K paged in");
    sums.add(now.counters.value("pgpgout"), "K paged out");
    sums.add(now.counters.value("pswpin"), "pages swapped in");
    sums.add(now.counters.value("pswpout"), "pages swapped out");
    sums.add(activity.interrupts, "interrupts");
    sums.add(activity.context_switches, "CPU context switches");
    sums.add(activity.boot_time, "boot time");
    sums.add(activity.forks, "forks");
    return sums.out;
}

}  // namespace mmscope
