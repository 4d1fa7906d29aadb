// mmscope-cli: the engine as a native command.
#include <cstdio>

#include "cli/commands.h"
#include "cli/english.h"

namespace {

constexpr int kUsageError = 2;

}  // namespace

int main(int count, char** words) {
    using namespace mmscope;
    const auto options = read_options({words + 1, words + count});
    if (!options) {
        std::fprintf(stderr, "%s\n%s\n", say(options.error()).c_str(), say(Message("cli.see_help")).c_str());
        return kUsageError;
    }
    switch (options->command) {
        case Options::Command::run: return run_script(*options);
        case Options::Command::eval: return eval_script(*options);
        case Options::Command::ask: return ask_machine(*options);
        case Options::Command::explain: return explain_files(*options);
        case Options::Command::conform: return conform_files(*options);
        case Options::Command::tlb: return play_tlb_trace(*options);
        case Options::Command::help: break;
    }
    std::printf("%s\n", say(Message("cli.help")).c_str());
    return 0;
}
