// The shape of a page in the API document.
import type { Type } from '@nestjs/common';
import { ApiExtraModels, ApiProperty, getSchemaPath, PartialType } from '@nestjs/swagger';
import type { Page } from './page.js';

/** What follows the items of a page. */
export class PageEndDto {
  @ApiProperty({
    type: String,
    nullable: true,
    description: '`cursor` of the next page; null on the last page.',
  })
  nextCursor: string | null;
  @ApiProperty({
    type: 'integer',
    minimum: 0,
    required: false,
    description: 'Only with `count=true`: the number of items on all pages.',
  })
  total?: number;
}

/** A page of `Dto`. Items have all members, or those that `fields` names. */
export function PageOf<T extends object>(Dto: Type<T>): Type<Page<Partial<T>>> {
  const name = Dto.name.replace(/Dto$/, '');
  const Item = named(
    `${name}ItemDto`,
    class extends PartialType(Dto as Type<object>, { skipNullProperties: false }) {},
  );
  @ApiExtraModels(Dto, Item)
  class PageDto extends PageEndDto implements Page<Partial<T>> {
    @ApiProperty({
      type: 'array',
      items: { anyOf: [{ $ref: getSchemaPath(Dto) }, { $ref: getSchemaPath(Item) }] },
      description:
        'The items of this page. Each has all its required members, unless `fields` trims it.',
    })
    data: Partial<T>[];
  }
  return named(`${name}PageDto`, PageDto);
}

function named<C extends Type>(name: string, type: C): C {
  return Object.defineProperty(type, 'name', { value: name });
}
