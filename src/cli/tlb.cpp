#include <cstdio>

#include "cli/commands.h"
#include "cli/english.h"
#include "cli/source.h"
#include "play/tlb_trace.h"

namespace mmscope {

namespace {

using Kind = MemoryReference::Kind;

unsigned long long wide(u64 number) { return number; }
std::string word(const char* key) { return say(Message(key)); }

void print_references(const LackeyReader& reader) {
    constexpr std::pair<const char*, Kind> kKinds[] = {{"cli.tlb_fetches", Kind::fetch},
                                                       {"cli.tlb_loads", Kind::load},
                                                       {"cli.tlb_stores", Kind::store},
                                                       {"cli.tlb_modifies", Kind::modify}};
    std::printf("%-24s%14llu\n", word("cli.tlb_references").c_str(), wide(reader.references()));
    for (const auto& [key, kind] : kKinds) std::printf("  %-22s%14llu\n", word(key).c_str(), wide(reader.count(kind)));
}

void print_level(const char* name, u64 lookups, u64 misses) {
    std::printf("%-24s%14llu%14llu%14llu\n", name, wide(lookups), wide(lookups - misses), wide(misses));
}

void print_levels(const Tlb& tlb) {
    const TlbCounts& counts = tlb.counts();
    std::printf("%-24s%14s%14s%14s\n", word("cli.tlb_level").c_str(), word("cli.tlb_accesses").c_str(),
                word("cli.tlb_hits").c_str(), word("cli.tlb_misses").c_str());
    print_level("L1I", counts.lookups[0], counts.l1_misses[0]);
    print_level("L1D", counts.lookups[1], counts.l1_misses[1]);
    const TlbGeometry& geometry = tlb.geometry();
    if (geometry.has_l2(TlbSide::instruction) || geometry.has_l2(TlbSide::data)) {
        // A side without an L2 of its own walks at once.
        u64 lookups = 0;
        u64 misses = 0;
        for (u32 side = 0; side < kTlbSides; ++side) {
            if (!geometry.has_l2(static_cast<TlbSide>(side))) continue;
            lookups += counts.l1_misses[side];
            misses += counts.walks[side];
        }
        print_level("L2", lookups, misses);
    }
    std::printf("%-24s%14llu\n", word("cli.tlb_walks").c_str(), wide(counts.walks[0] + counts.walks[1]));
    constexpr std::pair<const char*, WalkLevel> kBegun[] = {
        {"PML4", WalkLevel::pml4}, {"PDPT", WalkLevel::pdpt}, {"PD", WalkLevel::pd}, {"PT", WalkLevel::pt}};
    for (const auto& [name, level] : kBegun)
        std::printf("  %-22s%14llu\n", say(Message("cli.tlb_begun").text("level", name)).c_str(),
                    wide(counts.walks_begun[static_cast<u32>(level)]));
    std::printf("%-24s%14llu\n%-24s%14llu\n", word("cli.tlb_read").c_str(), wide(counts.entries_read),
                word("cli.tlb_cycles").c_str(), wide(tlb.cycles()));
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
    if (!read_text_pieces(file, [&](std::string_view piece) { trace.read(piece); }))
        return std::fprintf(stderr, "%s\n", say(Message("cli.cannot_read").text("file", file)).c_str()), 1;
    trace.finish();
    const LackeyReader& reader = trace.reader();
    tell(file, reader.torn(), "cli.tlb_torn");
    tell(file, reader.foreign(), "cli.tlb_foreign");
    if (reader.references() == 0)
        return std::fprintf(stderr, "%s: %s\n", file.c_str(), word("cli.tlb_empty").c_str()), 1;
    std::printf(
        "TLB %s, %s\n", options.tlb.text().c_str(),
        say(Message("cli.tlb_pages").text("size", kPageSizeNames[static_cast<u32>(options.page_size)])).c_str());
    print_references(reader);
    print_levels(trace.tlb());
    return reader.torn().count == 0 ? 0 : 1;
}

}  // namespace mmscope
