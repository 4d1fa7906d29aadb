#include "cli/capture_context.h"

#include <algorithm>
#include <filesystem>

#include "cli/source.h"
#include "play/conform.h"
#include "procfs/zoneinfo.h"

namespace mmscope {
namespace {

// The file of this name in the capture's folder or else in the one above; empty if there is none.
std::string beside(const std::string& capture, const char* name) {
    const std::filesystem::path folder = std::filesystem::path(capture).parent_path();
    for (const std::filesystem::path& place : {folder / name, folder / ".." / name}) {
        if (auto text = read_text_file(place.string())) return *std::move(text);
    }
    return {};
}

// What stands behind `start` up to the next blank: "6.1.176" behind "version=".
std::string_view value_after(std::string_view text, std::string_view start) {
    const std::size_t at = text.find(start);
    if (at == std::string_view::npos) return {};
    const std::string_view rest = text.substr(at + start.size());
    return rest.substr(0, rest.find_first_of(" \n\r"));
}

// The release in "Linux (none) 6.1.0-50-686 #1 SMP ...".
std::string_view release_of(std::string_view uname) {
    if (!uname.starts_with("Linux ")) return {};
    const std::size_t host_end = uname.find(' ', 6);
    if (host_end == std::string_view::npos) return {};
    const std::string_view rest = uname.substr(host_end + 1);
    return rest.substr(0, rest.find_first_of(" \n\r"));
}

// A kernel for 32 bits has huge pages of order 10, with PAE of order 9; its release says so too.
Arch arch_of(std::string_view layout, std::string_view uname) {
    const bool is_32 = value_after(layout, "BITS=") == "32" || value_after(uname, " i") == "686";
    if (!is_32) return Arch::x86_64;
    const bool is_pae = release_of(uname).ends_with("-pae") || value_after(layout, "pageblock_order=") == "9";
    return is_pae ? Arch::x86_32_pae : Arch::x86_32;
}

u32 cpus_of(std::string_view zoneinfo) {
    std::size_t cpus = 1;
    const auto info = parse_zoneinfo(zoneinfo);
    if (!info) return 1;
    for (const ZoneInfo::Entry& zone : info->zones) cpus = std::max(cpus, zone.pagesets.size());
    return static_cast<u32>(cpus);
}

}  // namespace

Result<CaptureContext, Message> find_capture_context(const std::string& capture, const Options& options) {
    const std::string layout = beside(capture, "layout.txt");
    const std::string uname = beside(capture, "uname.txt");
    CaptureContext context;
    for (const std::string_view kernel : {std::string_view(options.kernel), value_after(layout, "version="), release_of(uname),
                                          version_in_name(capture)}) {
        if (context.kernel.empty()) context.kernel = kernel;
    }
    if (context.kernel.empty()) return Message("conform.no_version");
    context.profile = profile_for(context.kernel).profile;
    if (context.profile == nullptr) return Message("conform.unknown_kernel").text("kernel", context.kernel).text("known", profile_names());
    context.arch = arch_of(layout, uname);
    context.zoneinfo = beside(capture, "zoneinfo");
    context.cpus = options.cpus != 0 ? options.cpus : cpus_of(context.zoneinfo);
    return context;
}

}  // namespace mmscope
