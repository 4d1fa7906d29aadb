#include "play/history.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace mmscope {

namespace {

// A machine with more state than this gets its keyframes as many times further apart.
constexpr u64 kSmallMachineBytes = u64{4} << 20;

ScriptState without_lists(const ScriptState& state) {
    ScriptState small;
    small.pc = state.pc;
    small.step = state.step;
    small.cpu = state.cpu;
    small.context = state.context;
    small.process = state.process;
    small.items = state.items;
    small.marks = state.marks;
    small.notes = state.notes;
    small.break_on = state.break_on;
    small.has_ended = state.has_ended;
    small.variables = state.variables;
    small.stack = state.stack;
    return small;
}

// Everything but the contents of the page tables.
ProcessTable without_words(const ProcessTable& table) {
    ProcessTable small;
    small.processes = table.processes;
    small.mms = table.mms;
    small.heaps = table.heaps;
    small.tables = table.tables.without_words();
    small.cpus = table.cpus;
    small.geometry = table.geometry;
    small.five_levels = table.five_levels;
    small.mode = table.mode;
    small.zero_page = table.zero_page;
    small.huge_zero_page = table.huge_zero_page;
    small.huge_zero_put_off = table.huge_zero_put_off;
    small.hugetlb = table.hugetlb;
    small.last_context_id = table.last_context_id;
    small.last_anon_vma = table.last_anon_vma;
    small.committed = table.committed;
    small.oom_kills = table.oom_kills;
    return small;
}

u64 bytes_of(const ProcessTable& table) {
    u64 bytes = table.processes.size() * sizeof(Process) + table.mms.size() * sizeof(Mm) + table.tables.bytes();
    for (const Mm& mm : table.mms)
        bytes += mm.areas.size() * sizeof(Vma) + mm.deposited.size() * sizeof(DepositedTable);
    bytes += table.hugetlb.bytes();
    for (const OomKill& kill : table.oom_kills) bytes += kill.bytes();
    for (const UserHeap& heap : table.heaps) bytes += heap.bytes();
    for (const CpuTlb& cpu : table.cpus) bytes += sizeof(CpuTlb) + (cpu.tlb ? cpu.tlb->bytes() : 0);
    return bytes;
}

void load_array(const ChunkPool& pool, const StoredArray& array, void* data) {
    u8* const first = static_cast<u8*>(data);
    for (u32 at = 0; at < array.bytes; at += kChunkBytes) {
        const u32 size = std::min(kChunkBytes, array.bytes - at);
        const u8* const stored = pool.data(array.chunks[at / kChunkBytes]);
        if (std::memcmp(first + at, stored, size) != 0) std::memcpy(first + at, stored, size);
    }
}

template <class Word>
StoredArray store_words(ChunkPool& pool, const std::vector<Word>& words, const StoredArray& before) {
    return store_array(pool, words.data(), static_cast<u32>(words.size() * sizeof(Word)), before);
}

template <class Word>
void load_words(const ChunkPool& pool, const StoredArray& array, std::vector<Word>* words) {
    words->resize(array.bytes / sizeof(Word));
    load_array(pool, array, words->data());
}

// The arrays of the caches and their objects, which grow.
std::vector<StoredArray> store_heap(ChunkPool& pool, const Heap& heap, const std::vector<StoredArray>& before) {
    const StoredArray nothing;
    std::vector<StoredArray> arrays;
    Heap::for_each_array(heap, [&](const auto& array) {
        const StoredArray& old = arrays.size() < before.size() ? before[arrays.size()] : nothing;
        arrays.push_back(store_array(pool, array.data(), static_cast<u32>(array.size() * sizeof array[0]), old));
    });
    return arrays;
}

void load_heap(const ChunkPool& pool, const std::vector<StoredArray>& arrays, Heap* heap) {
    u32 at = 0;
    Heap::for_each_array(*heap, [&](auto& array) {
        array.resize(arrays[at].bytes / sizeof array[0]);
        load_array(pool, arrays[at++], array.data());
    });
}

// As load_array, row by row, so that the picture is drawn again where it changed.
void load_states(const ChunkPool& pool, const StoredArray& array, FrameTable& frames) {
    constexpr u32 kRowBytes = 1U << FrameTable::kRowShift;
    static_assert(kChunkBytes % kRowBytes == 0);
    for (u32 at = 0; at < array.bytes; at += kRowBytes) {
        const u32 size = std::min(kRowBytes, array.bytes - at);
        const u8* const stored = pool.data(array.chunks[at / kChunkBytes]) + at % kChunkBytes;
        if (std::memcmp(frames.states() + at, stored, size) == 0) continue;
        std::memcpy(frames.states() + at, stored, size);
        frames.mark_dirty({at});
    }
}

}  // namespace

History::Keyframe History::make(const Machine& machine, const ScriptState& state, const Trace& trace,
                                const Keyframe& before) {
    const FrameTable& frames = machine.memory().frames();
    const StoredArray nothing;
    Keyframe keyframe;
    keyframe.step = state.step;
    keyframe.zones = machine.memory().zones();
    keyframe.pcp = machine.memory().all_pcp();
    const MappingTable& table = machine.memory().mapping_table();
    keyframe.nodes = machine.memory().node_data();
    keyframe.mapping_table.mappings = table.mappings;
    keyframe.mapping_table.tmpfs = table.tmpfs;
    keyframe.mapping_table.killed_by = table.killed_by;
    keyframe.mapping_table.seconds = table.seconds;
    keyframe.mapping_table.flusher = table.flusher;
    const ProcessTable& processes = machine.memory().processes();
    keyframe.processes = without_words(processes);
    keyframe.counted = machine.memory().counted();
    keyframe.deadlock = machine.memory().deadlock();
    keyframe.sysctl = machine.memory().sysctl();
    keyframe.prng = machine.prng();
    keyframe.seconds = machine.seconds();
    keyframe.counts = trace.counts();
    keyframe.events = trace.total();
    keyframe.script = without_lists(state);
    keyframe.states = store_array(pool_, frames.states(), frames.frames(), before.states);
    keyframe.links = store_array(pool_, frames.links(), frames.link_count() * u32{sizeof(FrameLink)}, before.links);
    keyframe.block_types = store_array(pool_, frames.pageblock_types(), frames.pageblock_entries(), before.block_types);
    keyframe.mapped = store_words(pool_, frames.mapped_words(), before.mapped);
    keyframe.mapping_frames = store_words(pool_, table.frame, before.mapping_frames);
    keyframe.dirty_pages = store_words(pool_, table.dirty, before.dirty_pages);
    keyframe.mapcounts = store_words(pool_, frames.mapcount_words(), before.mapcounts);
    keyframe.marks = store_words(pool_, frames.mark_bytes(), before.marks);
    const SwapSpace& swap = machine.memory().swap();
    keyframe.swap = swap.without_slots();
    keyframe.swap_entries = store_words(pool_, frames.swap_words(), before.swap_entries);
    keyframe.swap_counts = store_words(pool_, swap.counts(), before.swap_counts);
    keyframe.swap_slots = store_words(pool_, swap.words(), before.swap_slots);
    keyframe.table_words = store_words(pool_, processes.tables.words(), before.table_words);
    if (const Heap* heap = machine.heap_so_far()) {
        keyframe.heap = heap->rest();
        keyframe.heap_arrays = store_heap(pool_, *heap, before.heap_arrays);
    }
    for (std::size_t list = 0; list < state.lists.size(); ++list) {
        const StoredArray& old = list < before.lists.size() ? before.lists[list] : nothing;
        keyframe.lists.push_back(store_array(pool_, state.lists[list].data(),
                                             static_cast<u32>(state.lists[list].size() * sizeof(Value)), old));
    }
    keyframe_bytes_ += own_bytes(keyframe);
    return keyframe;
}

void History::take(const Machine& machine, const ScriptState& state, const Trace& trace) {
    assert(keyframes_.empty() || keyframes_.back().step < state.step);
    const Keyframe nothing;
    const Keyframe& before = keyframes_.empty() ? nothing : keyframes_.back();
    keyframes_.push_back(make(machine, state, trace, before));
    u64 size = machine.memory().frames().bytes() + u64{state.items} * sizeof(Value);
    if (const Heap* heap = machine.heap_so_far()) size += heap->bytes();
    interval_ = static_cast<u32>(least_interval_ * std::max(size, kSmallMachineBytes) / kSmallMachineBytes);
    next_step_ = state.step + interval_;
    thin();
}

std::optional<u32> History::bookmark_step(u32 step) const {
    const u32 distance = step - best(step).step;
    if (distance <= interval_) return std::nullopt;
    return step - interval_ / 4;
}

void History::set_bookmark(const Machine& machine, const ScriptState& state, const Trace& trace) {
    if (bookmark_) release(*bookmark_);
    bookmark_ = make(machine, state, trace, keyframes_[nearest(state.step)]);
}

void History::restore(u32 step, Machine* machine, ScriptState* state, Trace* trace) const {
    const Keyframe& keyframe = best(step);
    PageAllocator& memory = machine->memory();
    FrameTable& frames = memory.frames();
    assert(keyframe.states.bytes == frames.frames());
    memory.set_sysctl(keyframe.sysctl);  // what it computes is then overwritten
    load_states(pool_, keyframe.states, frames);
    load_array(pool_, keyframe.links, frames.links());
    load_array(pool_, keyframe.block_types, frames.pageblock_types());
    std::copy(keyframe.zones.begin(), keyframe.zones.end(), memory.zones().begin());
    memory.all_pcp() = keyframe.pcp;
    memory.node_data() = keyframe.nodes;
    MappingTable& table = memory.mapping_table();
    table.mappings = keyframe.mapping_table.mappings;
    table.tmpfs = keyframe.mapping_table.tmpfs;
    table.killed_by = keyframe.mapping_table.killed_by;
    table.seconds = keyframe.mapping_table.seconds;
    table.flusher = keyframe.mapping_table.flusher;
    load_words(pool_, keyframe.dirty_pages, &table.dirty);
    load_words(pool_, keyframe.mapping_frames, &table.frame);
    load_words(pool_, keyframe.mapped, &frames.mapped_words());
    load_words(pool_, keyframe.mapcounts, &frames.mapcount_words());
    load_words(pool_, keyframe.marks, &frames.mark_bytes());
    load_words(pool_, keyframe.swap_entries, &frames.swap_words());
    memory.swap() = keyframe.swap;
    load_words(pool_, keyframe.swap_counts, &memory.swap().counts());
    load_words(pool_, keyframe.swap_slots, &memory.swap().words());
    memory.processes() = keyframe.processes;
    load_words(pool_, keyframe.table_words, &memory.processes().tables.words());
    if (keyframe.heap) {
        machine->heap().set_rest(*keyframe.heap);
        load_heap(pool_, keyframe.heap_arrays, &machine->heap());
    } else {
        machine->forget_heap();
    }
    memory.counted() = keyframe.counted;
    memory.set_deadlock(keyframe.deadlock);
    machine->prng() = keyframe.prng;
    machine->set_seconds(keyframe.seconds);
    machine->touch();
    trace->restore(keyframe.counts, keyframe.events);
    std::vector<std::vector<Value>> lists = std::move(state->lists);
    *state = keyframe.script;
    lists.resize(keyframe.lists.size());
    for (std::size_t list = 0; list < lists.size(); ++list) {
        lists[list].resize(keyframe.lists[list].bytes / sizeof(Value));
        load_array(pool_, keyframe.lists[list], lists[list].data());
    }
    state->lists = std::move(lists);
}

u32 History::nearest(u32 step) const {
    assert(!keyframes_.empty() && keyframes_.front().step <= step);
    const auto after = std::upper_bound(keyframes_.begin(), keyframes_.end(), step,
                                        [](u32 wanted, const Keyframe& keyframe) { return wanted < keyframe.step; });
    return static_cast<u32>(after - keyframes_.begin()) - 1;
}

const History::Keyframe& History::best(u32 step) const {
    const Keyframe& kept = keyframes_[nearest(step)];
    return bookmark_ && bookmark_->step <= step && bookmark_->step > kept.step ? *bookmark_ : kept;
}

// One keyframe goes at a time; the gaps grow evenly from the old end.
void History::thin() {
    while (bytes() > budget_ && keyframes_.size() > 2) {
        u32 narrowest = 1;
        for (u32 at = 1; at + 1 < keyframes_.size(); ++at) {
            const u32 gap = keyframes_[at + 1].step - keyframes_[at - 1].step;
            if (gap < keyframes_[narrowest + 1].step - keyframes_[narrowest - 1].step) narrowest = at;
        }
        release(keyframes_[narrowest]);
        keyframes_.erase(keyframes_.begin() + narrowest);
    }
}

void History::release(const Keyframe& keyframe) {
    release_array(pool_, keyframe.states);
    release_array(pool_, keyframe.links);
    release_array(pool_, keyframe.block_types);
    release_array(pool_, keyframe.mapped);
    release_array(pool_, keyframe.mapping_frames);
    release_array(pool_, keyframe.dirty_pages);
    release_array(pool_, keyframe.mapcounts);
    release_array(pool_, keyframe.table_words);
    release_array(pool_, keyframe.marks);
    release_array(pool_, keyframe.swap_entries);
    release_array(pool_, keyframe.swap_counts);
    release_array(pool_, keyframe.swap_slots);
    for (const StoredArray& array : keyframe.heap_arrays) release_array(pool_, array);
    for (const StoredArray& list : keyframe.lists) release_array(pool_, list);
    keyframe_bytes_ -= own_bytes(keyframe);
}

u64 History::own_bytes(const Keyframe& keyframe) {
    u64 chunks = keyframe.states.chunks.size() + keyframe.links.chunks.size() + keyframe.block_types.chunks.size();
    chunks += keyframe.mapped.chunks.size() + keyframe.mapping_frames.chunks.size() + keyframe.dirty_pages.chunks.size();
    chunks += keyframe.mapcounts.chunks.size() + keyframe.table_words.chunks.size();
    chunks += keyframe.marks.chunks.size() + keyframe.swap_entries.chunks.size();
    chunks += keyframe.swap_counts.chunks.size() + keyframe.swap_slots.chunks.size();
    for (const StoredArray& list : keyframe.lists) chunks += list.chunks.size();
    for (const StoredArray& array : keyframe.heap_arrays) chunks += array.chunks.size();
    return sizeof(Keyframe) + (keyframe.heap ? keyframe.heap->bytes() : 0) + keyframe.zones.size() * sizeof(Zone) +
           keyframe.pcp.size() * sizeof(PerCpuPages) +
           keyframe.nodes.size() * sizeof(NodeData) + keyframe.mapping_table.mappings.size() * sizeof(Mapping) +
           keyframe.mapping_table.tmpfs.size() * sizeof(TmpfsFile) +
           (keyframe.lists.size() + keyframe.heap_arrays.size()) * sizeof(StoredArray) + bytes_of(keyframe.processes) +
           (keyframe.script.variables.size() + keyframe.script.stack.size()) * sizeof(Value) + chunks * sizeof(u32);
}

u64 History::bytes() const { return pool_.bytes() + keyframe_bytes_; }

}  // namespace mmscope
