#include <cstdio>

#include "cli/commands.h"
#include "cli/english.h"
#include "cli/source.h"
#include "play/report_explanation.h"

namespace mmscope {

namespace {

// Explains the reports in one file; false if there is none or one of them cannot be read.
bool explain_file(const std::string& file) {
    const auto text = read_text_file(file);
    if (!text) return std::fprintf(stderr, "%s\n", say(Message("cli.cannot_read").text("file", file)).c_str()), false;
    const ExplainedReports all = explain_reports(*text);
    for (const ExplainedReport& report : all.reports) {
        std::printf("%s:%u:\n", file.c_str(), report.line);
        for (const Message& sentence : report.sentences) std::printf("    %s\n", say(sentence).c_str());
    }
    if (!all.problem) return true;
    std::fflush(stdout);
    return std::fprintf(stderr, "%s\n", say_at(file, *all.problem).c_str()), false;
}

}  // namespace

int explain_files(const Options& options) {
    bool all_read = true;
    for (const std::string& file : options.files) all_read &= explain_file(file);
    return all_read ? 0 : 1;
}

}  // namespace mmscope
