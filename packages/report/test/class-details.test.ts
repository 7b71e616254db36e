import type { TestDetails } from '@m3ae/evaluation/probe';
import { describe, expect, test } from 'vitest';
import { classDetails } from '../src/sections/class-details.js';

const share = { value: 1, low: 0.5, high: 1, count: 2, correct: 1 };
/** Two pictures of class 0, one of them taken for class 2, of which the test part has none. */
const details: TestDetails = {
  perClass: [{ label: 0, name: 'cat', recall: share, precision: 1, f1: 1 }],
  confusion: [
    [0, 0, 1],
    [0, 2, 1],
  ],
};

describe('a class without pictures in the test part', () => {
  test('has its name in the report', () => {
    const page = classDetails({ test: details }, [{ key: 'test', name: 'unseen' }], 'probe', [
      'cat',
      'dog',
      'frog',
    ]);
    expect(page).toMatch(/>frog \(1\)</);
    expect(page).toContain('cat named frog: 1');
    expect(page).not.toContain('class 2');
  });

  test('has its number where an earlier version kept no names', () => {
    const page = classDetails({ test: details }, [{ key: 'test', name: 'unseen' }], 'probe');
    expect(page).toMatch(/>class 2 \(1\)</);
  });
});
