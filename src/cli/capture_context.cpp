#include "cli/capture_context.h"

#include <filesystem>

#include "cli/source.h"
#include "play/capture_machine.h"
#include "play/conform.h"

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

}  // namespace

Result<CaptureContext, Message> find_capture_context(const std::string& capture, const Options& options) {
    const std::string layout = beside(capture, "layout.txt");
    const std::string uname = beside(capture, "uname.txt");
    CaptureContext context;
    context.zoneinfo = beside(capture, "zoneinfo");
    const CaptureSurroundings beside_it{layout, uname, context.zoneinfo};
    for (const std::string_view kernel : {std::string_view(options.kernel), kernel_of(beside_it), version_in_name(capture)}) {
        if (context.kernel.empty()) context.kernel = kernel;
    }
    if (context.kernel.empty()) return Message("conform.no_version").text("known", profile_names());
    context.profile = profile_for(context.kernel).profile;
    if (context.profile == nullptr) return Message("conform.unknown_kernel").text("kernel", context.kernel).text("known", profile_names());
    context.arch = arch_of(beside_it);
    context.cpus = options.cpus != 0 ? options.cpus : cpus_of(beside_it);
    return context;
}

}  // namespace mmscope
