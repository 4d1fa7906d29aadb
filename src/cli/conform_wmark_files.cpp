#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <optional>

#include "cli/commands.h"
#include "cli/english.h"
#include "cli/source.h"
#include "play/conform_wmark.h"

namespace mmscope {

namespace {

using std::filesystem::path;

// index.tsv or NAME.zoneinfo in a folder `wmark`.
bool is_wmark_file(const path& file) {
    std::error_code error;
    const path whole = std::filesystem::absolute(file, error);
    if (error || whole.parent_path().filename() != "wmark") return false;
    return whole.filename() == "index.tsv" || whole.extension() == ".zoneinfo";
}

void complain(const path& file, const Diagnostic& diagnostic) {
    std::fprintf(stderr, "%s\n", say_at(file.string(), diagnostic).c_str());
}

std::optional<std::string> read(const path& file) {
    auto text = read_text_file(file.string());
    if (!text) std::fprintf(stderr, "%s\n", say(Message("cli.cannot_read").text("file", file.string())).c_str());
    return text;
}

// The settings of the capture in `folder`, each with what was read after it; with `only` just the first and that one
// have it. Nothing if a file cannot be read.
std::optional<std::vector<WmarkSetting>> read_capture(const path& folder, std::string_view only) {
    const auto text = read(folder / "index.tsv");
    if (!text) return std::nullopt;
    auto settings = parse_wmark_index(*text);
    if (!settings) return complain(folder / "index.tsv", settings.error()), std::nullopt;
    for (WmarkSetting& setting : *settings) {
        if (!only.empty() && setting.name != only && &setting != &settings->front()) continue;
        auto zoneinfo = read(folder / (setting.name + ".zoneinfo"));
        if (!zoneinfo) return std::nullopt;
        setting.zoneinfo = *std::move(zoneinfo);
    }
    return *std::move(settings);
}

// Numbers ungrouped: scripts read this line.
Message tally(const char* key, const WmarkReport& report) {
    return Message(key).text("equal", std::to_string(report.equal)).text("values", std::to_string(report.values));
}

// Compares one file, or with index.tsv all of its folder; false if that cannot be.
bool conform_file(const path& file, WmarkReport* report) {
    const path folder = file.parent_path();
    const std::string only = file.filename() == "index.tsv" ? std::string() : file.stem().string();
    const auto settings = read_capture(folder, only);
    if (!settings) return false;
    const auto is_it = [&](const WmarkSetting& setting) { return setting.name == only; };
    if (!only.empty() && std::none_of(settings->begin(), settings->end(), is_it))
        return complain(file, {0, 0, 0, Message("conform.wmark_not_listed").text("name", only)}), false;
    auto found = conform_wmark(*settings, only);
    if (!found) return complain(folder / (found.error().setting + ".zoneinfo"), found.error().diagnostic), false;
    *report = *std::move(found);
    return true;
}

void print(const std::string& file, const WmarkDifference& difference) {
    Message message("conform.wmark_difference");
    message.text("setting", difference.setting).number("node", difference.node).text("zone", difference.zone).text("value", difference.value);
    message.number("kernel", static_cast<i64>(difference.kernel)).number("model", static_cast<i64>(difference.model));
    std::printf("%s: %s\n", file.c_str(), say(message).c_str());
}

}  // namespace

bool has_wmark_file(const Options& options) {
    return std::any_of(options.files.begin(), options.files.end(), is_wmark_file);
}

int conform_wmark_files(const Options& options) {
    Options others = options;
    others.files.clear();
    std::vector<std::string> files;
    for (const std::string& file : options.files) (is_wmark_file(file) ? files : others.files).push_back(file);
    bool all_good = others.files.empty() || conform_files(others) == 0;
    WmarkReport sum;
    for (const std::string& file : files) {
        WmarkReport report;
        all_good &= conform_file(file, &report);
        for (const WmarkDifference& difference : report.differences) print(file, difference);
        if (options.files.size() > 1) std::printf("%s\n", say(tally("conform.value_file_tally", report).text("file", file)).c_str());
        sum.values += report.values;
        sum.equal += report.equal;
    }
    std::fflush(stderr);
    std::printf("%s\n", say(tally("conform.value_tally", sum)).c_str());
    return all_good && sum.is_perfect() ? 0 : 1;
}

}  // namespace mmscope
