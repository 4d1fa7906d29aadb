#include <cstdio>

#include "cli/commands.h"
#include "cli/english.h"
#include "cli/source.h"
#include "play/prospect.h"
#include "play/session.h"

namespace mmscope {

namespace {

constexpr u32 kSlice = 1'000'000;

void print_table(const PageAllocator& memory, u32 cpu) {
    std::printf("%-30s", say(Message("cli.ask_order")).c_str());
    for (u32 order = 0; order < kNrPageOrders; ++order) std::printf(" %6u", order);
    for (u32 row = 0; row < kAskedRows; ++row) {
        std::printf("\n%-30s", kAskedFlags[row]);
        for (u8 order = 0; order < kNrPageOrders; ++order)
            std::printf(" %6s", cell_text(memory, ask_row(memory, row, {order}, cpu)).c_str());
    }
    std::printf("\n\n%s\n", say(Message("ui.ask.signs")).c_str());
}

}  // namespace

int ask_machine(const Options& options) {
    Session session;
    const auto source = load_source(options.files, options.from, &session);
    if (!source) return 1;
    session.seek(0xffffffffU);
    while (session.work(kSlice)) {}
    if (session.failure()) return std::fprintf(stderr, "%s\n", source->say(*session.failure()).c_str()), 1;
    const PageAllocator& memory = session.snapshot().memory();
    const auto prospect = ask(memory, options.asked ? options.asked->gfp : kAskedFlags[0], options.asked ? options.asked->order : 0, options.cpu);
    if (!prospect) return std::fprintf(stderr, "%s\n", say(prospect.error()).c_str()), 1;
    if (!options.asked) return print_table(memory, options.cpu), 0;
    for (const Message& message : narrate_prospect(memory, *prospect)) std::printf("%s\n", say(message).c_str());
    return prospect->succeeds() ? 0 : 1;
}

}  // namespace mmscope
