// The way back: keyframes of a machine and its script, from which any step is found again by replay.
//
// A keyframe holds what is small as it is (zones, counters, sysctls, generator, the script's state) and the
// frame arrays and lists as chunks, shared with the keyframe before it where nothing changed. Keyframes are
// taken at steps, right before a command, and so far apart that taking, restoring and replaying each cost a
// few milliseconds. Within the budget they are thinned evenly: the one whose neighbours are nearest to each
// other goes first, the older one among equals, never the first and never the newest. Where thinning left a wide
// gap, a bookmark a little before the wanted step makes the next steps back as quick as anywhere.
#pragma once

#include <optional>

#include "play/chunk_pool.h"
#include "play/runner.h"

namespace mmscope {

class History {
public:
    // `least_interval`: steps between keyframes on a small machine.
    History(u64 budget, u32 least_interval) : budget_(budget), least_interval_(least_interval) {}

    // Whether a keyframe at this step is due.
    bool is_due(u32 step) const { return keyframes_.empty() || step >= next_step_; }
    void take(const Machine& machine, const ScriptState& state, const Trace& trace);
    // The step at which a replay up to `step` should leave a bookmark; nothing if a keyframe is near enough.
    std::optional<u32> bookmark_step(u32 step) const;
    // There is only one: the one before is gone.
    void set_bookmark(const Machine& machine, const ScriptState& state, const Trace& trace);
    // Puts back the newest keyframe at or before `step`; there must be one. Rows of the picture whose states
    // change become dirty.
    void restore(u32 step, Machine* machine, ScriptState* state, Trace* trace) const;

    // The step of the newest keyframe at or before `step`.
    u32 nearest_step(u32 step) const { return best(step).step; }
    u32 size() const { return static_cast<u32>(keyframes_.size()); }
    u64 bytes() const;  // all in

private:
    struct Keyframe {
        u32 step = 0;
        std::vector<Zone> zones;
        std::vector<PerCpuPages> pcp;
        std::vector<NodeData> nodes;
        MappingTable mapping_table;  // without its frames and dirty bits: they are in `mapping_frames`, `dirty_pages`
        ProcessTable processes;      // without what stands in its page tables: that is in `table_words`
        PageAllocator::Counted counted{};
        Deadlock deadlock = Deadlock::none;
        VmSysctl sysctl;
        Prng prng;
        u64 seconds = 0;
        Trace::Counts counts{};
        u64 events = 0;
        ScriptState script;  // its lists are empty: they are in `lists`
        std::optional<Heap::Rest> heap;  // nothing: as at boot
        StoredArray states, links, block_types, mapped, mapping_frames, dirty_pages, mapcounts, table_words;
        SwapSpace swap;                  // without its slots: they are in `swap_counts` and `swap_slots`
        StoredArray marks, swap_entries, swap_counts, swap_slots;
        std::vector<StoredArray> heap_arrays;  // in the order of Heap::for_each_array
        std::vector<StoredArray> lists;
    };

    Keyframe make(const Machine& machine, const ScriptState& state, const Trace& trace, const Keyframe& before);
    u32 nearest(u32 step) const;             // of keyframes_
    const Keyframe& best(u32 step) const;    // or the bookmark
    void thin();
    void release(const Keyframe& keyframe);
    static u64 own_bytes(const Keyframe& keyframe);

    u64 budget_;
    u32 least_interval_;
    u32 interval_ = 0;  // on this machine
    u32 next_step_ = 0;
    u64 keyframe_bytes_ = 0;
    ChunkPool pool_;
    std::vector<Keyframe> keyframes_;  // by step
    std::optional<Keyframe> bookmark_;
};

}  // namespace mmscope
