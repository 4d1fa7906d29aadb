// What a slab test looks at: the slab events since the last look, "kind:a kind:a ...", those of pages left out.
#pragma once

#include <string>

#include "mm/trace.h"

namespace mmscope::test {

inline std::string slab_story(Trace& trace) {
    std::string text;
    for (u32 at = 0; at < trace.kept(); ++at) {
        const TraceEvent& event = trace.kept_event(at);
        if (event.kind < TraceKind::kmem_cache_alloc) continue;
        text += (text.empty() ? "" : " ") + std::string(kTraceKindNames[static_cast<u32>(event.kind)]) + ":" +
                std::to_string(event.a);
    }
    trace.begin();
    return text;
}

}  // namespace mmscope::test
