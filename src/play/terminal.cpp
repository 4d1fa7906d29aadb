#include "play/terminal.h"

#include <algorithm>

#include "play/proc_memory.h"
#include "play/proc_text.h"
#include "play/hugepages_files.h"
#include "play/process_files.h"
#include "play/slab_files.h"
#include "play/sysctl.h"
#include "play/terminal_tool.h"
#include "play/vocabulary.h"
#include "procfs/columns.h"

namespace mmscope {
namespace {

using Words = Tool::Words;
using Answer = Tool::Answer;

std::span<const Tool> tools();

// ---- what can go wrong ----

// A name that is not there: one message for that alone, the other if one that is there is near it.
struct Missing {
    std::string_view plain, with_near;
};
constexpr Missing kNoFile{"terminal.no_file", "terminal.no_file_near"};
constexpr Missing kNoSysctl{"terminal.no_sysctl", "terminal.no_sysctl_near"};
constexpr Missing kNoVariable{"terminal.no_variable", "terminal.no_variable_near"};
constexpr Missing kNotFound{"terminal.not_found", "terminal.not_found_near"};

Message missing(const Missing& keys, std::string_view name, const std::vector<std::string>& known) {
    const std::string_view near = nearest(name, {known.begin(), known.end()});
    Message message(near.empty() ? keys.plain : keys.with_near);
    message.text("name", name);
    if (!near.empty()) message.text("near", near);
    return message;
}

Message usage(const Tool& tool) { return Message("terminal.usage").text("usage", tool.usage); }

// ---- sysctls ----

constexpr std::string_view kSysctlFolder = "/proc/sys/vm/";

std::vector<std::string> with_prefix(std::string_view prefix) {
    std::vector<std::string> names;
    for (u32 at = 0; at < kProcSysctlCount; ++at) names.push_back(std::string(prefix) + kSysctlNames[at]);
    return names;
}

// As the kernel's file has it: numbers of a list stand apart by tabs.
std::string sysctl_value(const PageAllocator& memory, u32 index) {
    const u32 VmSysctl::* const number = sysctl_number(static_cast<SysctlName>(index));
    if (number != nullptr) return std::to_string(memory.sysctl().*number);
    std::string ratio = lowmem_reserve_ratio_text(memory.sysctl().lowmem_reserve_ratio, memory.arch());
    std::replace(ratio.begin(), ratio.end(), ' ', '\t');
    return ratio;
}

Answer run_sysctl(const Snapshot& snapshot, const Tool& tool, const Words& arguments) {
    std::vector<std::string> names;
    bool has_names = true;  // in the output
    for (const std::string_view word : arguments) {
        if (word == "-n") {
            has_names = false;
        } else if (word == "-a") {
            names = with_prefix("vm.");
            std::sort(names.begin(), names.end());
        } else if (word == "-w" || word.find('=') != std::string_view::npos) {
            return Message("terminal.reads_only");
        } else if (word.starts_with('-')) {
            return unknown_option(tool, word);
        } else {
            names.emplace_back(word);
        }
    }
    if (names.empty()) return usage(tool);
    std::string out;
    for (const std::string& name : names) {
        const std::vector<std::string> known = with_prefix("vm.");
        const auto found = std::find(known.begin(), known.end(), name);
        if (found == known.end()) return missing(kNoSysctl, name, known);
        if (has_names) out += name + " = ";
        out += sysctl_value(snapshot.memory(), static_cast<u32>(found - known.begin())) + '\n';
    }
    return out;
}

// ---- files ----

std::vector<std::string> paths() {
    std::vector<std::string> paths;
    for (const std::string_view name : kProcFileNames) paths.push_back("/proc/" + std::string(name));
    for (std::string& path : with_prefix(kSysctlFolder)) paths.push_back(std::move(path));
    paths.emplace_back(kThpFile);
    return paths;
}

Answer run_cat(const Snapshot& snapshot, const Tool& tool, const Words& arguments) {
    if (arguments.empty()) return usage(tool);
    const std::vector<std::string> known = paths();
    std::string out;
    for (const std::string_view path : arguments) {
        const std::string_view name = path.substr(std::min(path.size(), std::size("/proc/") - 1));
        if (path.starts_with("/proc/") && is_process_file(name)) {
            const std::optional<std::string> text = proc_text(*snapshot.machine, name);
            if (!text) return Message("terminal.no_file").text("name", path);
            out += *text;
            continue;
        }
        if (path.starts_with(kHugepagesFolder)) {
            const std::optional<std::string> text = hugepages_file_text(snapshot.memory(), path);
            if (!text) return missing(kNoFile, path, hugepages_paths(snapshot.memory()));
            out += *text;
            continue;
        }
        if (path == kThpFile) {
            out += thp_enabled_text(snapshot.memory().sysctl().thp()) + '\n';
            continue;
        }
        if (path.starts_with(kSlabFolder)) {
            const std::optional<std::string> text = slab_file_text(*snapshot.machine, path.substr(kSlabFolder.size()));
            if (!text) return missing(kNoFile, path, slab_file_paths(*snapshot.machine));
            out += *text;
            continue;
        }
        const auto found = std::find(known.begin(), known.end(), path);
        if (found == known.end()) return missing(kNoFile, path, known);
        const auto index = static_cast<u32>(found - known.begin());
        if (index < std::size(kProcFileNames)) {
            out += *proc_text(*snapshot.machine, kProcFileNames[index]);
        } else {
            out += sysctl_value(snapshot.memory(), index - static_cast<u32>(std::size(kProcFileNames))) + '\n';
        }
    }
    return out;
}

// ---- ps ----

std::optional<std::vector<PsColumn>> ps_columns(std::string_view list) {
    std::vector<PsColumn> columns;
    while (true) {
        const std::size_t end = std::min(list.find(','), list.size());
        const auto found = std::find(std::begin(kPsColumnNames), std::end(kPsColumnNames), list.substr(0, end));
        if (found == std::end(kPsColumnNames)) return std::nullopt;
        columns.push_back(static_cast<PsColumn>(found - std::begin(kPsColumnNames)));
        if (end == list.size()) return columns;
        list.remove_prefix(end + 1);
    }
}

// There is one user and one terminal, so all forms mean every process.
Answer run_ps(const Snapshot& snapshot, const Tool& tool, const Words& arguments) {
    std::vector<PsColumn> columns(std::begin(kUsualPsColumns), std::end(kUsualPsColumns));
    for (u32 at = 0; at < arguments.size(); ++at) {
        std::string_view word = arguments[at];
        if (word == "aux" || word == "-e" || word == "-A") continue;
        if (word == "-eo") word = "-o";
        const auto wanted = word == "-o" && at + 1 < arguments.size() ? ps_columns(arguments[++at]) : std::nullopt;
        if (!wanted) return unknown_option(tool, arguments[at]);
        columns = *wanted;
    }
    const u64 total = meminfo_of(*snapshot.machine).value("MemTotal");
    return print_ps(ps_processes_of(snapshot.memory()), columns, total);
}

std::vector<std::string> ps_words() {
    std::vector<std::string> words = {"aux", "-e", "-o"};
    for (const std::string_view name : kPsColumnNames) words.emplace_back(name);
    return words;
}

// ---- getconf ----

std::vector<std::string> getconf_names() {
    return {"PAGESIZE", "PAGE_SIZE", "_AVPHYS_PAGES", "_NPROCESSORS_CONF", "_NPROCESSORS_ONLN", "_PHYS_PAGES"};
}

u64 getconf_value(const PageAllocator& memory, std::string_view name) {
    if (name.starts_with("PAGE")) return kPageSize;
    if (name.starts_with("_NPROCESSORS")) return memory.cpus();
    if (name == "_AVPHYS_PAGES") return memory.vmstat(VmCounter::nr_free_pages);
    u64 managed = 0;
    for (const Zone& zone : memory.zones()) managed += zone.managed;
    return managed;
}

Answer run_getconf(const Snapshot& snapshot, const Tool& tool, const Words& arguments) {
    if (arguments.size() != 1) return usage(tool);
    const std::vector<std::string> known = getconf_names();
    if (arguments[0] != "-a") {
        if (std::find(known.begin(), known.end(), arguments[0]) == known.end())
            return missing(kNoVariable, arguments[0], known);
        return std::to_string(getconf_value(snapshot.memory(), arguments[0])) + '\n';
    }
    std::string out;
    for (const std::string& name : known) {
        append_left(&out, name, 35);
        append_number(&out, getconf_value(snapshot.memory(), name));
        out += '\n';
    }
    return out;
}

std::vector<std::string> getconf_arguments() {
    std::vector<std::string> words = getconf_names();
    words.insert(words.begin(), "-a");
    return words;
}

// ---- the list of tools ----

Answer run_help(const Snapshot&, const Tool&, const Words&) {
    std::string out;
    for (const Tool& tool : tools()) (out += tool.usage) += '\n';
    return out += "COMMAND | grep TEXT\n";
}

std::vector<std::string> nothing() { return {}; }

constexpr Tool kTools[] = {
    {"cat", "cat /proc/NAME|/proc/PID/NAME|/proc/sys/vm/NAME|/sys/kernel/slab/CACHE/NAME...", run_cat, paths},
    {"free", "free [-b|-k|-m|-g|-h] [--si] [-w] [-l] [-t]", run_free, free_options},
    {"getconf", "getconf -a|NAME", run_getconf, getconf_arguments},
    {"help", "help", run_help, nothing},
    {"ps", "ps [aux|-e] [-o pid,ppid,%mem,vsz,rss,oom,oomadj,comm]", run_ps, ps_words},
    {"slabtop", "slabtop [-o] [-s a|b|c|l|n|o|p|s|u|v]", run_slabtop, slabtop_options},
    {"sysctl", "sysctl [-n] -a|vm.NAME...", run_sysctl, [] { return with_prefix("vm."); }},
    {"top", "top [-b] [-n COUNT]", run_top, top_options},
    {"vmstat", "vmstat [-a] [-w] [DELAY [COUNT]]|-s", run_vmstat, vmstat_options},
};

std::span<const Tool> tools() { return kTools; }

// ---- the line ----

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// A word in quotes ends at the next such quote; one that is never closed goes to the end.
Words cut_words(std::string_view text) {
    Words words;
    while (true) {
        while (!text.empty() && is_blank(text[0])) text.remove_prefix(1);
        if (text.empty()) return words;
        const bool is_quoted = text[0] == '"' || text[0] == '\'';
        const char quote = text[0];
        if (is_quoted) text.remove_prefix(1);
        std::size_t end = 0;
        while (end < text.size() && (is_quoted ? text[end] != quote : !is_blank(text[end]))) ++end;
        words.push_back(text.substr(0, end));
        text.remove_prefix(std::min(text.size(), end + (is_quoted ? 1 : 0)));
    }
}

std::string lines_with(std::string_view text, std::string_view wanted) {
    std::string out;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
        if (text.substr(0, end).find(wanted) != std::string_view::npos) out += text.substr(0, end);
        text.remove_prefix(end);
    }
    return out;
}

}  // namespace

const Tool* find_tool(std::string_view name) {
    for (const Tool& tool : kTools)
        if (tool.name == name) return &tool;
    return nullptr;
}

CommandLine cut_command_line(std::string_view line) {
    const std::size_t pipe = line.find('|');
    CommandLine cut{cut_words(line.substr(0, pipe)), pipe != std::string_view::npos, {}};
    if (cut.has_pipe) cut.filter = cut_words(line.substr(pipe + 1));
    return cut;
}

Answer filtered(std::string_view text, const Words& words) {
    if (words.size() != 2 || words[0] != "grep") return Message("terminal.usage").text("usage", "COMMAND | grep TEXT");
    return lines_with(text, words[1]);
}

std::vector<std::string_view> command_names() {
    std::vector<std::string_view> names;
    for (const Tool& tool : kTools) names.push_back(tool.name);
    return names;
}

Answer run_command_line(const Snapshot& snapshot, std::string_view line) {
    const auto [words, has_pipe, filter] = cut_command_line(line);
    if (words.empty() && !has_pipe) return std::string();
    if (words.empty()) return Message("terminal.usage").text("usage", "COMMAND | grep TEXT");
    const Tool* const tool = find_tool(words[0]);
    if (tool == nullptr) {
        const std::vector<std::string_view> names = command_names();
        return missing(kNotFound, words[0], {names.begin(), names.end()});
    }
    Answer answer = tool->run(snapshot, *tool, {words.begin() + 1, words.end()});
    return !answer || !has_pipe ? answer : filtered(*answer, filter);
}

std::vector<std::string> complete_command_line(std::string_view line) {
    const auto [command, has_pipe, filter] = cut_command_line(line);
    Words words = has_pipe ? filter : command;
    if (line.empty() || is_blank(line.back()) || words.empty()) words.emplace_back();
    const std::string_view begun = words.back();
    std::vector<std::string> candidates;
    if (has_pipe) {
        if (words.size() == 1) candidates = {"grep"};
    } else if (words.size() == 1) {
        for (const Tool& tool : kTools) candidates.emplace_back(tool.name);
    } else if (const Tool* const tool = find_tool(words[0])) {
        candidates = tool->arguments();
    }
    std::erase_if(candidates, [begun](const std::string& word) { return !word.starts_with(begun); });
    return candidates;
}

}  // namespace mmscope
