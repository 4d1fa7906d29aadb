#include "procfs/kernel_warning.h"

#include "procfs/columns.h"

namespace mmscope {
namespace {

constexpr std::string_view kLetters = "GFSRMBUDAWCIOELKXTNJ";
constexpr std::string_view kNotTainted = "Not tainted";
constexpr u32 kBadPage = 5, kWarn = 9;

std::size_t letters_of(u16 version) { return version < 0x0300 ? 11 : version < 0x060f ? 19 : 20; }

void print_place(const WarningPlace& place, const ReportCaller& caller, u16 version, std::string* out) {
    const std::string file(place.file), function(place.function);
    const std::string cpu = std::to_string(caller.cpu.value_or(0)), pid = std::to_string(caller.pid);
    if (version < 0x0300)
        *out += "WARNING: at " + file + " " + function + "()\n";
    else if (version < 0x0611)
        *out += "WARNING: CPU: " + cpu + " PID: " + pid + " at " + file + " " + function + "\n";
    else
        *out += "WARNING: " + file + " at " + function + ", CPU#" + cpu + ": " + caller.comm + "/" + pid + "\n";
}

}  // namespace

std::string print_tainted(u32 taints, u16 version) {
    if (taints == 0) return std::string(kNotTainted);
    std::string text = "Tainted: G";
    for (std::size_t letter = 1; letter < letters_of(version); ++letter)
        text += (taints >> letter & 1) != 0 ? kLetters[letter] : ' ';
    return text;
}

void set_taints(ReportCaller* caller, u32 taints, u16 version) {
    if (taints == 0 || !caller->kernel.starts_with(kNotTainted)) return;
    caller->kernel.replace(0, kNotTainted.size(), print_tainted(taints, version));
    if (version < 0x060c) return;
    std::string names;
    if ((taints >> kBadPage & 1) != 0) names += "[B]=BAD_PAGE";
    if ((taints >> kWarn & 1) != 0) names += names.empty() ? "[W]=WARN" : ", [W]=WARN";
    caller->trace.insert(caller->trace.begin(), "Tainted: " + names);
}

void print_kernel_warning(std::string_view message, const WarningPlace& place, const ReportCaller& caller, u16 version,
                          std::string* out) {
    const bool is_first = version >= 0x0300;
    *out += "------------[ cut here ]------------\n";
    if (is_first) *out += message;
    print_place(place, caller, version, out);
    if (!is_first) *out += message;
    print_report_caller(caller, out);
    *out += is_first ? "---[ end trace 0000000000000000 ]---\n" : "---[ end trace ]---\n";
}

}  // namespace mmscope
