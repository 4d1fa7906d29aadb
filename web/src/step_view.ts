// One lesson step as elements: its text, its question and what has been answered so far.

import { renderBlocks, renderSpans } from './blocks.ts';
import { button, make } from './dom.ts';
import { knows, lookUp, t } from './i18n.ts';
import type { GoalState, LessonPlayer } from './lesson_player.ts';
import type { DoStep, ExplainStep, ExploreStep, PredictStep } from './lesson_types.ts';

export function renderStep(player: LessonPlayer): HTMLElement[] {
  const { step } = player;
  const parts = [...renderBlocks(step.body)];
  switch (step.kind) {
    case 'run':
      parts.push(actions(button('ui.learn.watch', () => player.watch(), { class: 'primary' })));
      break;
    case 'predict':
      parts.push(...renderPredict(player, step));
      break;
    case 'do':
      parts.push(...renderDo(player, step));
      break;
    case 'explain':
      parts.push(...renderExplain(player, step));
      break;
    case 'explore':
      parts.push(...renderExplore(player, step));
      break;
  }
  if (player.result) {
    parts.push(make('p', { class: 'good', t: player.result === 'done' ? 'ui.learn.done' : 'ui.learn.revealed' }));
  }
  return parts;
}

function renderPredict(player: LessonPlayer, step: PredictStep): HTMLElement[] {
  const { prediction } = player;
  const guess = make('input', {
    class: 'guess',
    label: 'ui.learn.guess',
    attributes: { type: 'number', step: 1, required: true, value: prediction ? prediction.guess : '' },
  });
  const form = make(
    'form',
    {
      class: 'row',
      on: {
        submit: (event) => {
          event.preventDefault();
          if (guess.value !== '') {
            player.predict(Number(guess.value));
          }
        },
      },
    },
    guess,
    make('button', {
      class: 'primary',
      t: 'ui.learn.predict',
      attributes: { type: 'submit', disabled: !player.isAsked },
    }),
  );
  if (!prediction) {
    return [...renderBlocks(step.question), form];
  }
  const gap = t(prediction.isRight ? 'ui.learn.right' : 'ui.learn.gap', {
    guess: prediction.guess,
    answer: prediction.answer,
  });
  return [
    ...renderBlocks(step.question),
    form,
    make('p', { class: prediction.isRight ? 'good' : 'off' }, gap),
    ...renderBlocks(player.mistake(step)?.feedback ?? []),
    ...renderBlocks(step.feedback),
  ];
}

function renderDo(player: LessonPlayer, step: DoStep): HTMLElement[] {
  const parts: HTMLElement[] = [
    make('ul', { class: 'goals', label: 'ui.learn.goals' }, ...player.goals.map(renderGoal)),
    make('p', { class: 'quiet small', t: 'ui.learn.doHint' }),
  ];
  const hints = step.hints.slice(0, player.hintsShown);
  if (hints.length > 0) {
    parts.push(make('ol', { class: 'hints' }, ...hints.map((hint) => make('li', {}, ...renderBlocks(hint)))));
  }
  const hasMore = player.hintsShown < step.hints.length;
  parts.push(
    actions(
      button('ui.learn.edit', () => player.edit(), { class: player.result ? '' : 'primary' }),
      hasMore ? button('ui.learn.hint', () => player.hint()) : null,
      button('ui.learn.solution', () => player.showSolution()),
    ),
  );
  if (player.result) {
    parts.push(...renderBlocks(step.why));
  }
  return parts;
}

function renderGoal({ goal, current, wanted, isReached }: GoalState): HTMLElement {
  const value =
    current === null || wanted === null
      ? null
      : make(
          'span',
          { class: 'goal-value mono' },
          t('ui.learn.goalValue', { current, operator: sign(goal.operator), wanted }),
        );
  const mark = make(
    'span',
    { class: 'goal-mark', label: isReached ? 'ui.learn.reached' : 'ui.learn.open', attributes: { role: 'img' } },
    isReached ? '✓' : '○',
  );
  return make(
    'li',
    { class: isReached ? 'goal reached' : 'goal', attributes: { 'data-goal': goal.id } },
    mark,
    make('span', { class: 'grow' }, ...renderSpans(goal.title), goal.optional ? ' ☆' : ''),
    value,
  );
}

const signs: Record<string, string> = { '==': '=', '!=': '≠', '>=': '≥', '<=': '≤' };
const sign = (operator: string | null): string => signs[operator ?? ''] ?? operator ?? '';

function renderExplain(player: LessonPlayer, step: ExplainStep): HTMLElement[] {
  const choices = step.choices.map((choice) => {
    const isChosen = player.choice === choice.id;
    const input = make('input', {
      attributes: { type: 'radio', name: 'choice', id: `choice-${choice.id}`, value: choice.id, checked: isChosen },
      on: { change: () => player.choose(choice.id) },
    });
    const feedback = make('div', { class: choice.right ? 'good' : 'off' }, ...renderBlocks(choice.feedback));
    return make(
      'div',
      { class: 'choice' },
      make('label', { attributes: { for: input.id } }, input, make('span', {}, ...renderSpans(choice.text))),
      isChosen ? feedback : null,
    );
  });
  return [
    ...renderBlocks(step.question),
    make('div', { label: 'ui.learn.choices', attributes: { role: 'radiogroup' } }, ...choices),
  ];
}

function renderExplore(player: LessonPlayer, step: ExploreStep): HTMLElement[] {
  const variants = step.variants.map((variant) =>
    make(
      'li',
      {},
      make(
        'button',
        {
          attributes: { type: 'button', 'data-variant': variant.id },
          on: { click: () => player.tryVariant(variant.id) },
        },
        ...renderSpans(variant.title),
      ),
    ),
  );
  return [make('ul', { class: 'variants' }, ...variants)];
}

function actions(...children: (HTMLElement | null)[]): HTMLElement {
  return make('div', { class: 'row wrap' }, ...children);
}

/** A track's name, from the content's own catalogue. */
export const trackName = (track: string): string => (knows(`track.${track}`) ? lookUp(`track.${track}`) : track);
