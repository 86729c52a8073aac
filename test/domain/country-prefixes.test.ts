import { getCountries, getExampleNumber } from 'libphonenumber-js/max';
import examples from 'libphonenumber-js/mobile/examples';
import { describe, expect, it } from 'vitest';
import { countryOfPrefix, destinationsOf, hasPrefixes } from '../../src/domain/country-prefixes.ts';
import { destinationRefusal } from '../../src/domain/destinations.ts';

const digitsOf = (country: (typeof countries)[number]): string => getExampleNumber(country, examples)?.number.slice(1) ?? '';
const countries = getCountries().filter((country) => getExampleNumber(country, examples) !== undefined);
const mayCall = (allowed: readonly string[], digits: string): boolean => destinationRefusal(digits, destinationsOf(allowed)) === null;
/** Countries of one calling code that no prefix tells apart go together. */
const TOGETHER = ['MA EH', 'RE YT', 'SH TA', 'FI AX', 'IT VA', 'GB GG IM JE', 'NO SJ', 'GP BL MF', 'CW BQ', 'AU CC CX'];
const together = (country: string): readonly string[] =>
  TOGETHER.find((group) => group.split(' ').includes(country))?.split(' ') ?? [country];

describe('the prefixes of countries', () => {
  it('are known of every country that has numbers', () => {
    expect(countries.length).toBeGreaterThan(230);
    expect(countries.filter((country) => !hasPrefixes(country))).toEqual([]);
    expect(['XX', 'us', '', 'constructor'].filter(hasPrefixes)).toEqual([]);
  });

  it('let in the numbers of the country, and of no other', () => {
    const wrong = countries.flatMap((country) => {
      const reached = countries.filter((other) => mayCall([country], digitsOf(other)));
      return JSON.stringify(reached.toSorted()) === JSON.stringify(together(country).toSorted()) ? [] : [`${country}: ${reached.join()}`];
    });
    expect(wrong).toEqual([]);
  });

  it('of all countries let in every one, of none nobody', () => {
    expect(countries.filter((country) => !mayCall(countries, digitsOf(country)))).toEqual([]);
    expect(countries.filter((country) => mayCall([], digitsOf(country)))).toEqual([]);
  });

  it('name the country that digits belong to, and none where there is none', () => {
    expect(['1202', '1416', '4420', '7701', '7495', '8821', ''].map(countryOfPrefix)).toEqual(['US', 'CA', 'GB', 'KZ', 'RU', null, null]);
  });
});
