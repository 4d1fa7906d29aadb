#include "cli/source.h"

#include <zlib.h>

#include <algorithm>
#include <cstdio>

#include "cli/english.h"
#include "intake/recognise.h"
#include "play/import.h"

namespace mmscope {

namespace {

u32 count_lines(std::string_view text) { return static_cast<u32>(std::count(text.begin(), text.end(), '\n')); }

std::string unreadable(const std::string& file) { return say(Message("cli.cannot_read").text("file", file)); }

// A word that begins no line of the text.
std::string terminator_for(std::string_view text) {
    std::string word = "END";
    while (text.starts_with(word) || text.find("\n" + word) != std::string_view::npos) word += "_OF_PROC";
    return word;
}

// The place of a statement `machine` that comes before all others; line 0 if there is none.
Diagnostic find_machine_statement(std::string_view script) {
    u32 line = 1;
    for (std::size_t at = 0; at < script.size(); ++at) {
        if (script[at] == '\n') {
            ++line;
        } else if (script[at] == '#') {
            at = std::min(script.find('\n', at), script.size()) - 1;
        } else if (script[at] != ' ' && script[at] != '\t' && script[at] != '\r' && script[at] != ';') {
            const std::size_t line_start = at == 0 ? 0 : script.rfind('\n', at - 1) + 1;
            const bool is_machine = script.substr(at, 8) == "machine " || script.substr(at, 8) == "machine\t";
            if (is_machine) return {line, static_cast<u32>(at - line_start) + 1, 7, Message("cli.machine_and_from")};
            break;
        }
    }
    return {};
}

}  // namespace

// zlib reads what is not gzipped as it is.
std::optional<Source> load_source(const std::vector<std::string>& script, const std::vector<std::string>& from,
                                  Session* session) {
    auto source = Source::read(script, from);
    if (!source) {
        std::fprintf(stderr, "%s\n", source.error().c_str());
        return std::nullopt;
    }
    const std::vector<Diagnostic> errors = session->load(source->text());
    for (const Diagnostic& error : errors) std::fprintf(stderr, "%s\n", source->say(error).c_str());
    if (!errors.empty()) return std::nullopt;
    return *std::move(source);
}

TextRead read_text_pieces(const std::string& path, const std::function<void(std::string_view)>& take) {
    TextRead read;
    const gzFile file = gzopen(path.c_str(), "rb");
    if (file == nullptr) return {TextEnd::unreadable, 0};
    char buffer[65536];
    int count = 0;
    while ((count = gzread(file, buffer, sizeof buffer)) > 0) {
        take({buffer, static_cast<std::size_t>(count)});
        read.bytes += static_cast<u64>(count);
    }
    const bool is_whole = gzclose_r(file) == Z_OK && count == 0;  // a file cut off shows only when it is closed
    if (!is_whole) read.end = read.bytes == 0 ? TextEnd::unreadable : TextEnd::cut;
    return read;
}

std::string say_cut(const std::string& path, const TextRead& read) {
    return path + ": " + mmscope::say(Message("cli.cut_off").number("bytes", static_cast<i64>(read.bytes)));
}

std::optional<std::string> read_text_file(const std::string& path) {
    std::string text;
    const TextRead read = read_text_pieces(path, [&](std::string_view piece) { text.append(piece); });
    return read.end == TextEnd::whole ? std::optional(std::move(text)) : std::nullopt;
}

Result<Source, std::string> Source::read(const std::vector<std::string>& script, const std::vector<std::string>& from) {
    Source source;
    std::string proc;
    for (const std::string& file : from) {
        const auto text = read_text_file(file);
        if (!text) return unreadable(file);
        source.from_.push_back({file, count_lines(proc)});
        proc += *text;
        if (!proc.empty() && proc.back() != '\n') proc += '\n';
    }
    if (!from.empty()) {
        const auto imported = read_import(proc);
        if (!imported) return source.say_in(source.from_, imported.error());
        const std::string end = terminator_for(proc);
        source.text_ = "machine from text <<" + end + "\n" + proc + end + "\n";
        for (Part& part : source.from_) ++part.lines_before;
        source.lines_before_ = count_lines(source.text_);
    }
    if (script.empty()) return source;
    source.script_file_ = script[0];
    const auto text = read_text_file(script[0]);
    if (!text) return unreadable(script[0]);
    if (!from.empty()) {
        const Diagnostic machine = find_machine_statement(*text);
        if (machine.line != 0) return say_at(script[0], machine);
    }
    source.text_ += *text;
    return source;
}

std::string Source::say_in(const std::vector<Part>& parts, const Diagnostic& diagnostic) const {
    const Part* part = &parts.front();
    for (const Part& one : parts) {
        if (diagnostic.line > one.lines_before) part = &one;
    }
    Diagnostic there = diagnostic;
    there.line -= std::min(there.line, part->lines_before);
    return say_at(part->file, there);
}

std::string Source::say(const Diagnostic& diagnostic) const {
    if (diagnostic.line != 0 && diagnostic.line <= lines_before_) return say_in(from_, diagnostic);
    Diagnostic there = diagnostic;
    if (there.line != 0) there.line -= lines_before_;
    return say_at(script_file_.empty() && !from_.empty() ? from_.front().file : script_file_, there);
}

}  // namespace mmscope
