#include "play/snapshot.h"

#include <algorithm>

#include "play/lexer.h"
#include "play/looking.h"
#include "play/vocabulary.h"

namespace mmscope {

namespace {

std::string_view trimmed(std::string_view line) {
    while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
    while (!line.empty() && (line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
    return line;
}

// The page call on a line as it is written there; the whole line if it has several of them or goes on below.
std::string_view page_call_on(std::string_view line) {
    Lexer lexer(line);
    std::string_view found;
    u32 count = 0, first = 0, depth = 0;
    bool is_inside = false;
    for (Token token = lexer.next(); token.kind != TokenKind::end; token = lexer.next()) {
        const CallWord* word = token.kind == TokenKind::word ? find_call(token.text) : nullptr;
        if (word != nullptr && word->kind == CallWord::Kind::page_call) {
            ++count;
            first = token.offset;
            is_inside = true;
            depth = 0;
        }
        if (token.is("(")) ++depth;
        if (!token.is(")") || --depth != 0 || !is_inside) continue;
        found = line.substr(first, token.offset + 1 - first);
        is_inside = false;
    }
    return count == 1 && !found.empty() ? found : trimmed(line);
}

}  // namespace

u32 line_of_call(const Snapshot& snapshot, u32 call) {
    if (call == 0 || snapshot.call_lines == nullptr || call > snapshot.call_lines->size()) return 0;
    return (*snapshot.call_lines)[call - 1];
}

FrameInfo describe_frame(const Snapshot& snapshot, Pfn pfn) {
    const PageAllocator& memory = snapshot.memory();
    const FrameTable& frames = memory.frames();
    FrameInfo info;
    info.pfn = pfn;
    if (pfn.value >= frames.frames()) {
        info.state = frame_state::kAbsent;
        info.flags = kFrameFlags[0];
        return info;
    }
    info.state = frames.state(pfn);
    info.zone = memory.zone_of(pfn);
    info.pageblock = block_start(pfn, frames.pageblock_order());
    info.pageblock_type = frames.pageblock_type(pfn);
    info.block = frames.block_of(pfn);
    info.flags = kFrameFlags[static_cast<u32>(frame_flag(frames, pfn))];
    if (info.block.head == kNoPfn || info.block.is_free) return info;
    info.cpu_list = memory.cpu_list_of(info.block.head);
    if (info.cpu_list) return info;
    info.allocation = memory.allocation(info.block.head);
    if (info.block.head == pfn) info.refcount = static_cast<int>(refcount(memory, pfn));
    if (frame_state::is_on_lru(frames.state(info.block.head))) {
        info.mapped = frames.mapped(info.block.head);
        info.mapped->index += pfn - info.block.head;
    }
    info.slab = slab_of(*snapshot.machine, pfn);
    info.mapcount = static_cast<int>(mapcount(memory, pfn));
    info.call_line = line_of_call(snapshot, info.allocation.call);
    const bool has_line =
        snapshot.source_lines != nullptr && info.call_line != 0 && info.call_line <= snapshot.source_lines->size();
    if (has_line) info.call_text = page_call_on((*snapshot.source_lines)[info.call_line - 1]);
    return info;
}

}  // namespace mmscope
