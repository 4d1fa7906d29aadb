#include <cstdio>

#include "cli/commands.h"
#include "cli/english.h"
#include "cli/source.h"
#include "play/tlb_trace.h"

namespace mmscope {

namespace {

constexpr const char* kKindKeys[] = {"tlb.table_fetches", "tlb.table_loads", "tlb.table_stores", "tlb.table_modifies"};
static_assert(std::size(kKindKeys) == kMemoryReferenceKinds);

unsigned long long wide(u64 number) { return number; }
std::string word(const char* key) { return say(Message(key)); }

void print_references(const TlbReport& report) {
    std::printf("%-24s%14llu\n", word("tlb.table_references").c_str(), wide(report.references));
    for (u32 kind = 0; kind < kMemoryReferenceKinds; ++kind)
        std::printf("  %-22s%14llu\n", word(kKindKeys[kind]).c_str(), wide(report.by_kind[kind]));
}

void print_levels(const TlbReport& report) {
    std::printf("%-24s%14s%14s%14s\n", word("tlb.table_level").c_str(), word("tlb.table_accesses").c_str(),
                word("tlb.table_hits").c_str(), word("tlb.table_misses").c_str());
    for (const TlbReport::Level& level : report.levels)
        std::printf("%-24s%14llu%14llu%14llu\n", level.name.data(), wide(level.accesses), wide(level.hits),
                    wide(level.misses));
    std::printf("%-24s%14llu\n", word("tlb.table_walks").c_str(), wide(report.walks));
    for (const TlbReport::Begun& begun : report.begun)
        std::printf("  %-22s%14llu\n", say(Message("tlb.table_begun").text("level", begun.level)).c_str(),
                    wide(begun.walks));
    std::printf("%-24s%14llu\n%-24s%14llu\n", word("tlb.table_read").c_str(), wide(report.entries_read),
                word("tlb.table_cycles").c_str(), wide(report.cycles()));
    std::printf("  %-22s%14llu\n  %-22s%14llu\n", word("tlb.table_cycles_l2").c_str(), wide(report.l2_cycles),
                word("tlb.table_cycles_walk").c_str(), wide(report.walk_cycles));
}

// Says where the first line stands that was passed over, and how many there are.
void tell(const std::string& file, const LackeyReader::Oddities& oddities, const char* key) {
    if (oddities.count == 0) return;
    std::fprintf(stderr, "%s\n%s: %s\n", say_at(file, oddities.first).c_str(), file.c_str(),
                 say(Message(key).number("count", static_cast<i64>(oddities.count))).c_str());
}

}  // namespace

int play_tlb_trace(const Options& options) {
    const std::string& file = options.files[0];
    TlbTrace trace(options.tlb, options.page_size);
    const TextRead read = read_text_pieces(file, [&](std::string_view piece) { trace.read(piece); });
    if (read.end == TextEnd::unreadable)
        return std::fprintf(stderr, "%s\n", say(Message("cli.cannot_read").text("file", file)).c_str()), 1;
    trace.finish();
    const LackeyReader& reader = trace.reader();
    if (read.end == TextEnd::cut) std::fprintf(stderr, "%s\n", say_cut(file, read).c_str());
    tell(file, reader.torn(), "tlb.table_torn");
    tell(file, reader.foreign(), "tlb.table_foreign");
    if (reader.references() == 0)
        return std::fprintf(stderr, "%s: %s\n", file.c_str(), word("tlb.table_empty").c_str()), 1;
    std::printf(
        "TLB %s, %s\n", options.tlb.text().c_str(),
        say(Message("tlb.table_pages").text("size", kPageSizeNames[static_cast<u32>(options.page_size)])).c_str());
    const TlbReport report = trace.report();
    print_references(report);
    print_levels(report);
    return reader.torn().count == 0 && read.end == TextEnd::whole ? 0 : 1;
}

}  // namespace mmscope
