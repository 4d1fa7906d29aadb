#include "play/capture_machine.h"

#include <algorithm>

#include "procfs/zoneinfo.h"

namespace mmscope {
namespace {

// What stands behind `start` up to the next blank: "6.1.176" behind "version=".
std::string_view value_after(std::string_view text, std::string_view start) {
    const std::size_t at = text.find(start);
    if (at == std::string_view::npos) return {};
    const std::string_view rest = text.substr(at + start.size());
    return rest.substr(0, rest.find_first_of(" \n\r"));
}

// The release in "Linux (none) 6.1.0-50-686 #1 SMP ...".
std::string_view release_of(std::string_view uname) {
    if (!is_uname(uname)) return {};
    const std::size_t host_end = uname.find(' ', 6);
    if (host_end == std::string_view::npos) return {};
    const std::string_view rest = uname.substr(host_end + 1);
    return rest.substr(0, rest.find_first_of(" \n\r"));
}

}  // namespace

bool is_layout(std::string_view text) { return text.starts_with("LAYOUT "); }
bool is_uname(std::string_view text) { return text.starts_with("Linux "); }

std::string_view kernel_of(const CaptureSurroundings& surroundings) {
    const std::string_view version = value_after(surroundings.layout, "version=");
    return version.empty() ? release_of(surroundings.uname) : version;
}

// A kernel for 32 bits has huge pages of order 10, with PAE of order 9; its release says so too.
Arch arch_of(const CaptureSurroundings& surroundings) {
    const auto [layout, uname, zoneinfo] = surroundings;
    const bool is_32 = value_after(layout, "BITS=") == "32" || value_after(uname, " i") == "686";
    if (!is_32) return Arch::x86_64;
    const bool is_pae = release_of(uname).ends_with("-pae") || value_after(layout, "pageblock_order=") == "9";
    return is_pae ? Arch::x86_32_pae : Arch::x86_32;
}

u32 cpus_of(const CaptureSurroundings& surroundings) {
    std::size_t cpus = 1;
    const auto info = parse_zoneinfo(surroundings.zoneinfo);
    if (!info) return 1;
    for (const ZoneInfo::Entry& zone : info->zones) cpus = std::max(cpus, zone.pagesets.size());
    return static_cast<u32>(cpus);
}

std::string_view shown_kernel(std::span<const ZoneState> states) {
    if (states.empty()) return {};
    if (states[0].free_factor) return "6.1";
    return states[0].alloc_factor ? "6.12" : "";
}

// Every x86_64 with more than 16 MiB has a zone DMA32, and no kernel for 32 bits has one.
Arch shown_arch(const KernelDump& dump) {
    if (std::any_of(dump.zones.begin(), dump.zones.end(), [](const DumpZone& zone) { return zone.name == "DMA32"; }))
        return Arch::x86_64;
    if (std::all_of(dump.zones.begin(), dump.zones.end(), [](const DumpZone& zone) { return zone.name == "DMA"; }))
        return Arch::x86_64;
    return !dump.blocks.empty() && dump.blocks[0].order.value == 9 ? Arch::x86_32_pae : Arch::x86_32;
}

u32 shown_cpus(const KernelDump& dump) {
    u32 cpus = 1;
    for (const DumpPcp& pages : dump.pcps) cpus = std::max(cpus, pages.cpu + 1);
    return cpus;
}

}  // namespace mmscope
