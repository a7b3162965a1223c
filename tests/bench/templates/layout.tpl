<!doctype html>
<html lang="en">
<head><title>{{title}}</title></head>
<body>
<nav>
% for id in range(1, 6):
<a href="{{get_url('item', id=id)}}">Item {{id}}</a>
% end
</nav>
<main>{{!base}}</main>
% include('footer.tpl', items=items)
</body>
</html>
