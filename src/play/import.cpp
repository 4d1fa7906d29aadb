#include "play/import.h"

#include <algorithm>

#include "intake/recognise.h"
#include "play/capture_agreement.h"
#include "play/capture_marks.h"
#include "play/capture_shape.h"
#include "play/imported_classic.h"
#include "play/placement.h"
#include "procfs/scan.h"

namespace mmscope {
namespace {

Diagnostic in_text(Message message, u32 line = 0) { return {line, line == 0 ? 0U : 1U, 0, std::move(message)}; }

// The pieces of a paste, one of each kind.
struct Files {
    const Piece* of_kind[std::size(kPieceNames)] = {};
    const Piece* zoneinfo() const { return of_kind[static_cast<u32>(PieceKind::zoneinfo)]; }
    const Piece* buddyinfo() const { return of_kind[static_cast<u32>(PieceKind::buddyinfo)]; }
    const Piece* pagetypeinfo() const { return of_kind[static_cast<u32>(PieceKind::pagetypeinfo)]; }
    const Piece* slabinfo() const { return of_kind[static_cast<u32>(PieceKind::slabinfo)]; }
    bool has_memory() const { return zoneinfo() != nullptr || buddyinfo() != nullptr || pagetypeinfo() != nullptr; }
};

Result<Files> sort_out(const std::vector<Piece>& pieces, std::vector<Message>* notes) {
    Files files;
    u32 skipped = 0;
    u32 skipped_from = 0;
    for (const Piece& piece : pieces) {
        if (piece.kind == PieceKind::script) {
            notes->push_back(Message("import.note_script_skipped").number("line", piece.first_line));
            continue;
        }
        if (piece.kind == PieceKind::unknown) {
            if (skipped == 0) skipped_from = piece.first_line;
            skipped += piece.lines;
            continue;
        }
        const Piece*& place = files.of_kind[static_cast<u32>(piece.kind)];
        const char* name = kPieceNames[static_cast<u32>(piece.kind)];
        if (place != nullptr) {
            return in_text(Message("import.file_twice").text("file", name).number("first", place->first_line),
                           piece.first_line);
        }
        place = &piece;
    }
    if (skipped != 0)
        notes->push_back(Message("import.note_skipped").number("count", skipped).number("line", skipped_from));
    return files;
}

template <class Info>
Result<Info> parse_piece(Result<Info> (*parse)(std::string_view, u32, std::vector<u32>*), const Piece& piece,
                         std::vector<Message>* notes) {
    std::vector<u32> skipped;
    Result<Info> info = parse(piece.text, piece.first_line, &skipped);
    if (info && !skipped.empty()) {
        notes->push_back(Message("import.note_skipped")
                             .number("count", static_cast<i64>(skipped.size()))
                             .number("line", skipped[0]));
    }
    return info;
}

void add_standing_notes(const CaptureShape& shape, ImportedMachine* imported) {
    std::vector<Message>& notes = imported->notes;
    notes.push_back(Message("import.note_places"));
    if (!imported->pagetypeinfo) notes.push_back(Message("import.note_all_movable"));
    if (shape.is_older) notes.push_back(Message("import.note_older_kernel").text("rules", imported->kernel));
}

// What zoneinfo, buddyinfo and pagetypeinfo say.
Result<ImportedMachine> read_memory(const Files& files, std::vector<Message> notes) {
    ImportedMachine imported;
    imported.notes = std::move(notes);
    if (files.zoneinfo() == nullptr)
        return in_text(Message(files.has_memory() ? "import.needs_zoneinfo" : "import.nothing_recognised"));
    auto zoneinfo = parse_piece(parse_zoneinfo, *files.zoneinfo(), &imported.notes);
    if (!zoneinfo) return zoneinfo.error();
    imported.zoneinfo = *std::move(zoneinfo);
    if (files.buddyinfo() == nullptr) return in_text(Message("import.needs_buddyinfo"));
    auto buddyinfo = parse_piece(parse_buddyinfo, *files.buddyinfo(), &imported.notes);
    if (!buddyinfo) return buddyinfo.error();
    imported.buddyinfo = *std::move(buddyinfo);
    if (files.pagetypeinfo() != nullptr) {
        auto pagetypeinfo = parse_piece(parse_pagetypeinfo, *files.pagetypeinfo(), &imported.notes);
        if (!pagetypeinfo) return pagetypeinfo.error();
        imported.pagetypeinfo = *std::move(pagetypeinfo);
    }
    const auto shape = capture_shape(imported.zoneinfo, imported.pagetypeinfo ? &*imported.pagetypeinfo : nullptr);
    if (!shape) return in_text(shape.error(), files.zoneinfo()->first_line);
    imported.arch = shape->arch;
    imported.kernel = shape->kernel;
    imported.cpus = shape->cpus;
    imported.nodes = shape->nodes;
    if (auto fault = disagreement(imported)) return in_text(*std::move(fault));
    add_standing_notes(*shape, &imported);
    note_differences(&imported);
    return imported;
}

// A classic SLAB's machine: what its kernel was is not said, only what allocator it had.
void become_classic(const SlabInfo& info, ImportedMachine* imported) {
    imported->kernel = profile_2_6().name;
    imported->arch = classic_arch(info);
    imported->cpus = classic_cpus(info);
    imported->notes.push_back(Message("import.note_slab_classic"));
}

// The caches of slabinfo, for the machine that the other files describe, or one of its own.
std::optional<Diagnostic> add_caches(const Piece& piece, bool is_alone, ImportedMachine* imported) {
    auto slabinfo = parse_piece(parse_slabinfo, piece, &imported->notes);
    if (!slabinfo) return slabinfo.error();
    if (is_alone && is_classic_slabinfo(*slabinfo)) become_classic(*slabinfo, imported);
    const Profile* const profile = profile_for(imported->kernel).profile;
    if (profile == nullptr) return std::nullopt;  // which is said when the machine is built
    auto caches = imported_caches(*slabinfo, *profile, imported->arch, imported->cpus, &imported->notes);
    if (!caches) return in_text(caches.error(), piece.first_line);
    imported->caches = *std::move(caches);
    if (!is_alone) return std::nullopt;
    imported->ram = ram_for_slabs(imported->caches, imported->arch);
    imported->notes.push_back(Message("import.note_slab_machine")
                                  .number("gib", static_cast<i64>(imported->ram >> 30))
                                  .text("arch", kArchNames[static_cast<u32>(imported->arch)])
                                  .number("cpus", imported->cpus)
                                  .text("kernel", imported->kernel));
    return std::nullopt;
}

}  // namespace

Result<ImportedMachine> read_import(std::string_view text) {
    const auto pieces = recognise(text);
    if (!pieces) return pieces.error();
    if (auto binary = binary_byte(text, 1)) return *std::move(binary);
    std::vector<Message> notes;
    const auto files = sort_out(*pieces, &notes);
    if (!files) return files.error();
    const bool has_caches_alone = files->slabinfo() != nullptr && !files->has_memory();
    Result<ImportedMachine> imported = ImportedMachine();
    if (has_caches_alone) {
        imported->kernel = profile_6_12().name;
        imported->notes = std::move(notes);
    } else {
        imported = read_memory(*files, std::move(notes));
    }
    if (!imported || files->slabinfo() == nullptr) return imported;
    if (auto fault = add_caches(*files->slabinfo(), has_caches_alone, &*imported)) return *std::move(fault);
    return imported;
}

// ---- placing ----

namespace {

constexpr u32 kNoPageblock = 0xffffffffU;

// The pageblock in which a zone ends and the next begins, if they share one.
u32 shared_pageblock(const ZoneLayout& zone, const ZoneLayout& next, Order pageblock) {
    const u32 last = (zone.start.value + zone.spanned - 1) >> pageblock.value;
    return last == next.start.value >> pageblock.value ? last : kNoPageblock;
}

// Plans one zone after the other. A pageblock that two zones share takes the first type with which both keep
// their tables.
class Planner {
public:
    Planner(const ImportedMachine& imported, const PageAllocator& memory, const std::vector<ZoneLayout>& layout,
            u64 seed)
        : imported_(imported), memory_(memory), layout_(layout), prng_(seed) {
        for (u32 at = 0; at < layout.size(); ++at) {
            if (layout[at].spanned != 0) populated_.push_back(at);
        }
    }

    Result<std::vector<PlannedZone>, Message> plan();

private:
    Result<ZonePlan, Order> plan_zone_at(u32 at, const SharedPageblocks& shared) const {
        const ZoneDemand demand = zone_demand(imported_, imported_.zoneinfo.zones[at]);
        const Prng own(prng_.state() + at);
        return plan_zone(layout_[at], memory_.frames().pageblock_order(), demand, memory_.profile(), shared, own);
    }
    void decide_shared(u32 at, u32 next);

    const ImportedMachine& imported_;
    const PageAllocator& memory_;
    const std::vector<ZoneLayout>& layout_;
    Prng prng_;
    std::vector<u32> populated_;
    SharedPageblocks shared_;
};

void Planner::decide_shared(u32 at, u32 next) {
    const u32 block = shared_pageblock(layout_[at], layout_[next], memory_.frames().pageblock_order());
    const bool is_known =
        std::any_of(shared_.begin(), shared_.end(), [&](const auto& one) { return one.first == block; });
    if (block == kNoPageblock || is_known) return;
    shared_.emplace_back(block, Migratetype::movable);
    for (u32 candidate = 0; candidate < kMigratetypes; ++candidate) {
        shared_.back().second =
            static_cast<Migratetype>((candidate + static_cast<u32>(Migratetype::movable)) % kMigratetypes);
        const auto lower = plan_zone_at(at, shared_);
        const auto upper = plan_zone_at(next, shared_);
        if (lower && upper && lower->keeps_table && upper->keeps_table) return;
    }
    shared_.back().second = Migratetype::movable;
}

Result<std::vector<PlannedZone>, Message> Planner::plan() {
    std::vector<PlannedZone> plans;
    for (u32 i = 0; i < populated_.size(); ++i) {
        const u32 at = populated_[i];
        if (i + 1 < populated_.size()) decide_shared(at, populated_[i + 1]);
        auto plan = plan_zone_at(at, shared_);
        if (!plan) {
            const ZoneInfo::Entry& zone = imported_.zoneinfo.zones[at];
            return Message("import.cannot_place")
                .number("node", zone.node)
                .text("zone", zone.zone)
                .number("order", plan.error().value);
        }
        plans.push_back({at, layout_[at].node, layout_[at].type, *std::move(plan)});
    }
    return plans;
}

// Used frames of order 0, made from the plan's used blocks one after another.
class UsedFrames {
public:
    UsedFrames(const ZonePlan& plan, FrameTable* frames, Prng prng)
        : plan_(plan),
          frames_(*frames),
          block_(plan.used.empty() ? 0 : prng.below(static_cast<u32>(plan.used.size()))) {}

    Pfn next() {
        const PlacedBlock& block = plan_.used[block_];
        if (offset_ == 0) split(block);
        const Pfn pfn = block.pfn + offset_++;
        if (offset_ == block.order.frames()) {
            offset_ = 0;
            block_ = (block_ + 1) % static_cast<u32>(plan_.used.size());
        }
        return pfn;
    }

private:
    void split(const PlacedBlock& block) {
        frames_.fill_states(block.pfn, block.order.frames(), frame_state::allocated_head(block.type, Owner::kernel));
        for (u32 frame = 0; frame < block.order.frames(); ++frame)
            frames_.links()[block.pfn.value + frame] = Allocation{}.pack();
    }

    const ZonePlan& plan_;
    FrameTable& frames_;
    u32 block_;
    u32 offset_ = 0;
};

// /proc/zoneinfo counts the pages on each CPU's lists, never says which: neighbouring frames of order 0 from somewhere,
// each on the list of its pageblock's type.
void fill_pcp(const ZoneInfo::Entry& entry, const ZonePlan& plan, u32 zone, Prng prng, PageAllocator* memory) {
    FrameTable& frames = memory->frames();
    UsedFrames used(plan, &frames, prng);
    u64 spare = 0;
    for (const PlacedBlock& block : plan.used) spare += block.order.frames();
    Trace nobody;
    for (const ZoneInfo::PageSet& set : entry.pagesets) {
        if (set.cpu >= memory->cpus()) continue;
        PcpLists lists = memory->pcp_lists(zone, set.cpu, nobody);
        for (u64 page = 0; page < set.count && spare != 0; ++page, --spare) {
            const Pfn pfn = used.next();
            lists.add_block(pfn, PcpLists::list_index({0}, frames.pageblock_type(pfn)), frames.pageblock_type(pfn));
        }
        const bool is_tuned = memory->profile().pcp_tuning == Profile::PcpTuning::adaptive;
        if (is_tuned) memory->pcp(zone, set.cpu).high = static_cast<u32>(set.high);
    }
}

void apply(const ZonePlan& plan, u32 zone, PageAllocator* memory) {
    FrameTable& frames = memory->frames();
    const u32 pageblock = frames.pageblock_order().frames();
    const Pfn start = memory->zones()[zone].start;
    for (const auto& [block, type] : plan.pageblocks) {
        if (block < frames.pageblocks()) frames.set_pageblock_type(std::max(Pfn{block * pageblock}, start), type);
    }
    for (const PlacedBlock& block : plan.used) {
        frames.fill_states(block.pfn, block.order.frames(), frame_state::allocated_tail(block.type, Owner::kernel));
        frames.states()[block.pfn.value] = frame_state::allocated_head(block.type, Owner::kernel);
        Allocation allocation;
        allocation.order = block.order;
        frames.links()[block.pfn.value] = allocation.pack();
    }
    Trace nobody;
    Buddy buddy = memory->buddy(zone, nobody);
    for (const PlacedBlock& block : plan.free) buddy.add_block(block.pfn, block.order, block.type, Buddy::Place::tail);
}

// Pages of slabs that zoneinfo counts, by node.
std::vector<u64> slab_pages_by_node(const ZoneInfo& zoneinfo, u32 nodes) {
    std::vector<u64> pages(nodes);
    for (const ZoneInfo::Entry& zone : zoneinfo.zones)
        for (const ZoneInfo::Counter& stat : zone.node_stats)
            if (stat.name == "nr_slab_reclaimable" || stat.name == "nr_slab_unreclaimable")
                pages[zone.node] += stat.value;
    return pages;
}

}  // namespace

Result<PageAllocator, Message> place_import(const ImportedMachine& imported, u64 seed, std::vector<Message>* notes,
                                            std::vector<ImportedCache>* caches) {
    const std::vector<ZoneLayout> layout = capture_layout(imported.zoneinfo, imported.arch);
    PageAllocator memory(imported.arch, *profile_for(imported.kernel).profile, layout, imported.cpus);
    auto plans = Planner(imported, memory, layout, seed).plan();
    if (!plans) return plans.error();
    if (caches != nullptr && !caches->empty()) {
        const std::vector<u64> node_pages = slab_pages_by_node(imported.zoneinfo, imported.nodes);
        if (const auto placed = place_slabs(node_pages, seed, &*plans, caches); !placed) return placed.error();
    }
    for (const auto& [zone, node, type, plan] : *plans) {
        apply(plan, zone, &memory);
        fill_pcp(imported.zoneinfo.zones[zone], plan, zone, Prng(seed + zone), &memory);
        if (plan.keeps_table || notes == nullptr) continue;
        const ZoneInfo::Entry& entry = imported.zoneinfo.zones[zone];
        notes->push_back(Message("import.note_pageblocks").number("node", entry.node).text("zone", entry.zone));
    }
    if (caches != nullptr) own_placed_slabs(*caches, &memory);
    set_marks(imported.zoneinfo, &memory);
    return memory;
}

}  // namespace mmscope
